// A webhook's route where requests and responses are those of Fetch: Next.js App Router, Hono, edge runtimes.

import type { RawBody, WebhookHeaders } from './claim.js';
import { InvalidArgument, SignatureError } from './errors.js';
import type { OtherEvent, PaidEvent } from './webhook-event.js';

/** A `Webhook`, of Node.js or of the edge. */
export interface Verifier {
  verify(
    rawBody: RawBody,
    headers: WebhookHeaders,
  ): PaidEvent | OtherEvent | Promise<PaidEvent | OtherEvent>;
}

/**
 * Called with each event that is verified. It may be a repeat. Once it has returned, the answer is 200, or the status
 * that it returns, such as 503 for "again, later". Where it throws, the answer is 500, and the gateway sends the
 * event again.
 */
export type OnEvent = (event: PaidEvent | OtherEvent) => void | number | Promise<void | number>;

/** Larger than any event. */
export const MOST_BODY_BYTES = 64 * 1024;

/** A handler that takes a `Request` and answers with a `Response`. */
export function webhookRoute(
  webhook: Verifier,
  onEvent: OnEvent,
): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== 'POST')
      return new Response(null, { status: 405, headers: { Allow: 'POST' } });
    const body = await read(request);
    if (!body) return new Response(null, { status: 413 });
    return new Response(null, { status: await answerTo(webhook, onEvent, body, request.headers) });
  };
}

/** The status of the answer: 401 where it is refused. What `onEvent` throws goes on. */
export async function answerTo(
  webhook: Verifier,
  onEvent: OnEvent,
  rawBody: RawBody,
  headers: WebhookHeaders,
): Promise<number> {
  let event: PaidEvent | OtherEvent;
  try {
    event = await webhook.verify(rawBody, headers);
  } catch (error) {
    if (error instanceof SignatureError) return 401;
    throw error;
  }
  return (await onEvent(event)) ?? 200;
}

async function read(request: Request): Promise<Uint8Array | null> {
  if (request.bodyUsed)
    throw new InvalidArgument('the raw body is gone: something has read it before');
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = request.body?.getReader();
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    length += value.length;
    if (length > MOST_BODY_BYTES) {
      await reader.cancel();
      return null;
    }
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}
