import createFetchClient, { type Client, type Middleware } from "openapi-fetch";

import { toError } from "./errors.js";
import { DEFAULT_POLICY, type RetryPolicy, withRetries } from "./retries.js";
import type { components, operations, paths } from "./schema.js";
import { readEvents, readResults } from "./streams.js";

type Schemas = components["schemas"];
type Query<Name extends keyof operations> = NonNullable<operations[Name]["parameters"]["query"]>;

/** Article of a batch: a request for an analysis, with an id of your own. */
export type BatchItem = Schemas["AnalysisRequest"] & { custom_id: string };

export interface ClientOptions extends Partial<RetryPolicy> {
  baseUrl?: string;
  /** API key; the service says whether it needs one. */
  key?: string | undefined;
  fetch?: typeof fetch;
}

export interface WaitOptions {
  onProgress?: (batch: Schemas["Batch"]) => void;
  pollMs?: number;
}

const IDEMPOTENCY_KEY = "Idempotency-Key";
const KEYED = new Set(["/v1/analyses", "/v1/summaries", "/v1/stances", "/v1/comparisons", "/v1/batches"]);
const NDJSON = "application/x-ndjson";
const EVENTS = "text/event-stream";
const ENDED = new Set(["done", "partial", "cancelled"]);

/** Present the API key, and give what costs something a key under which it happens once. */
function headers(key: string | undefined): Middleware {
  return {
    onRequest({ request, schemaPath }) {
      if (key !== undefined) request.headers.set("Authorization", `Bearer ${key}`);
      const isKeyed = request.method === "POST" && KEYED.has(schemaPath) && request.headers.get("accept") !== EVENTS;
      if (isKeyed && !request.headers.has(IDEMPOTENCY_KEY)) request.headers.set(IDEMPOTENCY_KEY, crypto.randomUUID());
    },
    async onResponse({ response }) {
      if (!response.ok) throw await toError(response);
    },
  };
}

/**
 * Client of a Subtext service. `http` has every operation, typed by its path; the methods are what takes more than one
 * call, or is a stream. All of them throw `SubtextError`, `ServiceUnreachable` or `UnexpectedResponse`.
 */
export class SubtextClient {
  readonly http: Client<paths>;
  readonly #policy: RetryPolicy;

  constructor({ baseUrl = "http://127.0.0.1:8000", key, fetch: send = fetch, ...policy }: ClientOptions = {}) {
    this.#policy = { ...DEFAULT_POLICY, ...policy };
    this.http = createFetchClient<paths>({ baseUrl, fetch: withRetries(this.#policy, send) });
    this.http.use(headers(key));
  }

  /** Analyze an article: its summary and its framing. */
  async analyzeArticle(body: Schemas["AnalysisRequest"]): Promise<Schemas["Analysis"]> {
    const { data } = await this.http.POST("/v1/analyses", { body });
    // The generated type is also that of a stream, which was not asked for.
    return requireData(data) as Schemas["Analysis"];
  }

  /** Analyze an article, and follow the work: `status`, `partial`, then `result`. */
  async *streamAnalysis(body: Schemas["AnalysisRequest"]) {
    const { response } = await this.http.POST("/v1/analyses", { body, headers: { Accept: EVENTS }, parseAs: "stream" });
    yield* readEvents(response);
  }

  /** Compare 2 to 20 articles about one story on one axis. */
  async compareArticles(body: Schemas["ComparisonRequest"]): Promise<Schemas["Comparison"]> {
    return requireData((await this.http.POST("/v1/comparisons", { body })).data);
  }

  /** Check every claim of an analysis against its text again, without a model. */
  async verifyAnalysis(body: Schemas["VerifyRequest"]): Promise<Schemas["Verification"]> {
    return requireData((await this.http.POST("/v1/verify", { body })).data);
  }

  /** Yield your analyses that match every filter, newest first, page after page. */
  async *iterAnalyses(filters: Query<"listAnalyses"> = {}): AsyncGenerator<Schemas["AnalysisListItem"]> {
    let cursor: string | null | undefined = filters.cursor;
    do {
      const query = cursor ? { ...filters, cursor } : filters;
      const page: Schemas["AnalysisPage"] = requireData((await this.http.GET("/v1/analyses", { params: { query } })).data);
      yield* page.analyses;
      cursor = page.next_cursor;
    } while (cursor);
  }

  /** Upload up to 50,000 articles as a batch; the options hold for all items that do not say otherwise. */
  async createBatch(items: Iterable<BatchItem>, options: Query<"createBatch"> = {}): Promise<Schemas["Batch"]> {
    const lines = Array.from(items, (item) => `${JSON.stringify(item)}\n`).join("");
    const { data } = await this.http.POST("/v1/batches", {
      params: { query: options },
      // The generated type is that of the JSON form; the body is NDJSON.
      body: lines as never,
      bodySerializer: (body) => String(body),
      headers: { "Content-Type": NDJSON },
    });
    return requireData(data);
  }

  /** Wait until a batch has ended; `onProgress` gets each state that is seen. */
  async waitForBatch(id: string, { onProgress, pollMs = 1000 }: WaitOptions = {}): Promise<Schemas["Batch"]> {
    for (;;) {
      const { data } = await this.http.GET("/v1/batches/{batch_id}", { params: { path: { batch_id: id } } });
      const batch = requireData(data);
      onProgress?.(batch);
      if (ENDED.has(batch.state)) return batch;
      await this.#policy.sleep(pollMs);
    }
  }

  /** Yield every item of a batch in input order: its analysis, its problem, or its state so far. */
  async *batchResults(id: string): AsyncGenerator<Schemas["BatchResult"]> {
    const params = { path: { batch_id: id } };
    const { response } = await this.http.GET("/v1/batches/{batch_id}/results", { params, parseAs: "stream" });
    yield* readResults(response);
  }
}

function requireData<T>(data: T | undefined): T {
  if (data === undefined) throw new TypeError("the response has no body");
  return data;
}
