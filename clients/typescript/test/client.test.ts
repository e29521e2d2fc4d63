import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";

import { SubtextClient, SubtextError, verifyWebhook } from "../src/index.js";

const baseUrl = process.env["SUBTEXT_URL"] ?? "";
const text = process.env["SUBTEXT_TEXT"] ?? "";
const client = new SubtextClient({ baseUrl, baseMs: 1 });

test("create and verify: every quote is in the text, in UTF-16", async () => {
  const analysis = await client.analyzeArticle({ text, engine: "local", include: ["text"] });
  for (const { quote, utf16 } of analysis.evidence) {
    assert.equal(analysis.document.text?.slice(utf16.start, utf16.end), quote);
  }
  assert.equal(analysis.framing?.label, "desperation");
  assert.equal((await client.verifyAnalysis({ analysis })).valid, true);
});

test("stream: events narrow by their name", async () => {
  const seen: string[] = [];
  for await (const event of client.streamAnalysis({ text, engine: "local", cache: "no-store" })) {
    seen.push(event.event === "status" ? event.data.stage : event.event);
    if (event.event === "result") assert.equal(event.data.status, "complete");
  }
  assert.deepEqual(seen, ["reading_article", "partial", "analysing", "result"]);
});

test("compare", async () => {
  const comparison = await client.compareArticles({ sources: [{ text }, { text, outlet: "B" }], engine: "local" });
  assert.equal(comparison.articles.length, 2);
});

test("list: page after page", async () => {
  const target = `Owner ${crypto.randomUUID()}`;
  for (const _ of [1, 2, 3]) await client.analyzeArticle({ text, target, cache: "no-store" });
  const listed = [];
  for await (const item of client.iterAnalyses({ target, limit: 2 })) listed.push(item.id);
  assert.equal(new Set(listed).size, 3);
});

test("batch: submit, wait, and results that narrow by their state", async () => {
  const states: string[] = [];
  const created = await client.createBatch([{ custom_id: "a", text }, { custom_id: "b", text: "" }], { engine: "local" });
  const batch = await client.waitForBatch(created.id, { pollMs: 20, onProgress: ({ state }) => states.push(state) });
  assert.equal(batch.state, "partial");
  assert.equal(states.at(-1), "partial");
  for await (const item of client.batchResults(batch.id)) {
    if (item.state === "done") assert.equal(item.result.status, "complete");
    if (item.state === "failed") assert.equal(item.problem.code, "request_invalid");
  }
});

test("every other operation is typed by its path", async () => {
  const { data } = await client.http.GET("/v1/axes");
  assert.ok(data?.axes.some((axis) => axis.id === "desperation-domination"));
});

test("a problem is an error with its code", async () => {
  await assert.rejects(client.analyzeArticle({ text: "" }), (error: unknown) => {
    assert.ok(error instanceof SubtextError);
    assert.equal(error.code, "request_invalid");
    return true;
  });
});

test("retries keep one idempotency key, and wait as Retry-After says", async () => {
  const keys: (string | undefined)[] = [];
  const waits: number[] = [];
  const server = createServer((request, response) => {
    keys.push(request.headers["idempotency-key"] as string | undefined);
    const problem = { code: "overloaded", detail: "full", request_id: "req-1", retryable: true };
    const isFirst = keys.length === 1;
    response.writeHead(isFirst ? 503 : 200, { "Content-Type": "application/json", "Retry-After": "7" });
    response.end(JSON.stringify(isFirst ? problem : { id: "x" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const sleep = async (ms: number) => void waits.push(ms);
  try {
    await new SubtextClient({ baseUrl: `http://127.0.0.1:${port}`, sleep }).analyzeArticle({ text });
    const impatient = new SubtextClient({ baseUrl: `http://127.0.0.1:${port}`, sleep, deadlineMs: 5_000 });
    keys.length = 0;
    await assert.rejects(impatient.analyzeArticle({ text }), SubtextError);
  } finally {
    server.close();
    server.closeAllConnections();
  }
  assert.deepEqual(waits, [7000]);
});

test("webhook: a signed message is read, another is refused", async () => {
  const message = JSON.parse(process.env["SUBTEXT_WEBHOOK"] ?? "") as { body: string; headers: Record<string, string>; secret: string };
  const headers = new Headers(message.headers);
  const read = await verifyWebhook(message.body, headers, message.secret);
  assert.equal(read.type, "batch.completed");
  await assert.rejects(verifyWebhook(message.body.replace("bat_1", "bat_2"), headers, message.secret));
  await assert.rejects(verifyWebhook(message.body, headers, message.secret, { nowS: 0 }));
});
