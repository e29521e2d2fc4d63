export { SubtextClient, type BatchItem, type ClientOptions, type WaitOptions } from "./client.js";
export { ServiceUnreachable, SubtextError, UnexpectedResponse } from "./errors.js";
export { verifyWebhook } from "./webhook.js";
export type { components, operations, paths } from "./schema.js";

import type { components } from "./schema.js";

export type Schemas = components["schemas"];
export type Analysis = Schemas["Analysis"];
export type AnalysisEvent = Schemas["AnalysisEvent"];
export type AnalysisRequest = Schemas["AnalysisRequest"];
export type Batch = Schemas["Batch"];
export type BatchResult = Schemas["BatchResult"];
export type Comparison = Schemas["Comparison"];
export type Problem = Schemas["Problem"];
export type WebhookMessage = Schemas["WebhookMessage"];
