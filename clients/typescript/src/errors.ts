import type { components } from "./schema.js";

type Problem = components["schemas"]["Problem"];

/** The service answered with a problem (RFC 9457): decide by `code`, and show `problem.detail` to people. */
export class SubtextError extends Error {
  constructor(
    readonly problem: Problem,
    readonly retryAfterS: number | null = null,
  ) {
    super(`${problem.detail} (${problem.code}, request ${problem.request_id})`);
    this.name = "SubtextError";
  }

  get code(): string {
    return this.problem.code;
  }
}

/** No response: the service cannot be reached, the connection broke, or the deadline is over. */
export class ServiceUnreachable extends Error {
  override name = "ServiceUnreachable";
}

/** A response that is not of Subtext, such as a proxy's page. */
export class UnexpectedResponse extends Error {
  override name = "UnexpectedResponse";
}

/** Return the error that a response means: a problem, or something else than Subtext's. */
export async function toError(response: Response): Promise<SubtextError | UnexpectedResponse> {
  const body = await response.text();
  try {
    const problem = JSON.parse(body) as Problem;
    if (typeof problem.code === "string") return new SubtextError(problem, retryAfterS(response));
  } catch {
    // Not JSON: no problem of Subtext.
  }
  return new UnexpectedResponse(`${response.url} answered ${response.status}, and not as Subtext does: check the address`);
}

/** Return the seconds that Retry-After asks for: a number or an HTTP date; null if it is neither. */
export function retryAfterS(response: Response): number | null {
  const value = response.headers.get("retry-after");
  if (value === null || value.trim() === "") return null;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const moment = Date.parse(value);
  return Number.isNaN(moment) ? null : Math.max(0, (moment - Date.now()) / 1000);
}
