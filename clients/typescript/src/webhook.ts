import type { components } from "./schema.js";

type WebhookMessage = components["schemas"]["WebhookMessage"];

/**
 * Return the message of a webhook after checking its signature and its age (Standard Webhooks); throws if either is
 * wrong. `body` is the body as it arrived: parsed and written again it has another signature.
 */
export async function verifyWebhook(
  body: string,
  headers: Headers,
  secret: string,
  { toleranceS = 300, nowS = Date.now() / 1000 }: { toleranceS?: number; nowS?: number } = {},
): Promise<WebhookMessage> {
  const id = headers.get("webhook-id") ?? "";
  const timestamp = headers.get("webhook-timestamp") ?? "";
  if (!/^\d+$/.test(timestamp) || Math.abs(nowS - Number(timestamp)) > toleranceS) {
    throw new Error("the message has no time, or one too far from now: check the clock of this machine");
  }
  const bytes = Uint8Array.from(atob(secret.replace(/^whsec_/, "")), (char) => char.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  for (const part of (headers.get("webhook-signature") ?? "").split(" ")) {
    const [version, signature] = part.split(",", 2);
    if (version !== "v1" || signature === undefined || !/^[A-Za-z0-9+/]+=*$/.test(signature)) continue;
    const raw = Uint8Array.from(atob(signature), (char) => char.charCodeAt(0));
    if (await crypto.subtle.verify("HMAC", key, raw, signed)) return JSON.parse(body) as WebhookMessage;
  }
  throw new Error("no signature of the message is by this secret: use the secret of this webhook, unchanged");
}
