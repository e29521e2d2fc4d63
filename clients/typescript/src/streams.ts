import { ServiceUnreachable, SubtextError } from "./errors.js";
import type { components } from "./schema.js";

type AnalysisEvent = components["schemas"]["AnalysisEvent"];
type BatchResult = components["schemas"]["BatchResult"];

/** Yield the lines of a body. */
async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/** Yield the events of an analysis until `done`; a problem is thrown as `SubtextError`. */
export async function* readEvents(response: Response): AsyncGenerator<Exclude<AnalysisEvent, { event: "error" | "done" }>> {
  let name = "";
  let data = "";
  for await (const line of readLines(response.body ?? new ReadableStream())) {
    if (line.startsWith("event: ")) name = line.slice(7);
    if (line.startsWith("data: ")) data = line.slice(6);
    if (line !== "" || name === "") continue;
    if (name === "done") return;
    const event = { event: name, data: JSON.parse(data) } as AnalysisEvent;
    if (event.event === "error") throw new SubtextError(event.data);
    if (event.event === "status" || event.event === "partial" || event.event === "result") yield event;
    name = "";
  }
  throw new ServiceUnreachable("the stream broke off: send the request again");
}

/** Yield the results of a batch, line by line. */
export async function* readResults(response: Response): AsyncGenerator<BatchResult> {
  for await (const line of readLines(response.body ?? new ReadableStream())) {
    if (line !== "") yield JSON.parse(line) as BatchResult;
  }
}
