import { retryAfterS, ServiceUnreachable } from "./errors.js";

export interface RetryPolicy {
  /** Milliseconds for all attempts and waits together; a wait that reaches past it is not begun. */
  deadlineMs: number;
  maxAttempts: number;
  /** The first wait without Retry-After is random up to this, and each further one up to twice as much. */
  baseMs: number;
  sleep: (ms: number) => Promise<void>;
}

export const DEFAULT_POLICY: RetryPolicy = {
  deadlineMs: 300_000,
  maxAttempts: 5,
  baseMs: 500,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

const KEY = "Idempotency-Key";
/** The service, or a proxy before it, says that it has done nothing. */
const NOT_STARTED = new Set([429, 503]);
const RETRYABLE = new Set([408, 429, 500, 502, 503, 504]);

/** Return a `fetch` that sends a request again if that can help, and never twice what must happen once. */
export function withRetries(policy: RetryPolicy, send: typeof fetch): (request: Request) => Promise<Response> {
  return async (request) => {
    const endsAt = Date.now() + policy.deadlineMs;
    const isRepeatable = request.method === "GET" || request.method === "DELETE" || request.headers.has(KEY);
    for (let attempt = 1; ; attempt++) {
      const outcome = await sendOnce(request.clone(), endsAt - Date.now(), send);
      const waitMs = await nextWaitMs(outcome, attempt, isRepeatable, policy);
      if (waitMs === null || Date.now() + waitMs >= endsAt) {
        if (outcome instanceof Error) throw outcome;
        return outcome;
      }
      await policy.sleep(waitMs);
    }
  };
}

async function sendOnce(request: Request, leftMs: number, send: typeof fetch): Promise<Response | ServiceUnreachable> {
  // Only until the head of the response is there: a stream may last longer.
  const timer = new AbortController();
  const timeout = setTimeout(() => timer.abort(new Error("the deadline is over")), Math.max(1, leftMs));
  try {
    return await send(request, { signal: AbortSignal.any([request.signal, timer.signal]) });
  } catch (error) {
    if (request.signal.aborted) throw error;
    return new ServiceUnreachable(`${new URL(request.url).origin} cannot be reached, or did not answer in time`, { cause: error });
  } finally {
    clearTimeout(timeout);
  }
}

async function nextWaitMs(
  outcome: Response | ServiceUnreachable,
  attempt: number,
  isRepeatable: boolean,
  policy: RetryPolicy,
): Promise<number | null> {
  if (attempt >= policy.maxAttempts) return null;
  const jitterMs = Math.random() * policy.baseMs * 2 ** (attempt - 1);
  if (outcome instanceof Error) return isRepeatable ? jitterMs : null;
  if (!(isRepeatable ? RETRYABLE : NOT_STARTED).has(outcome.status) && outcome.status !== 409) return null;
  if (!(await saysRetryable(outcome))) return null;
  const seconds = retryAfterS(outcome);
  return seconds === null ? jitterMs : seconds * 1000;
}

async function saysRetryable(response: Response): Promise<boolean> {
  const problem = (await response.clone().json().catch(() => null)) as { retryable?: boolean } | null;
  return problem?.retryable ?? true;
}
