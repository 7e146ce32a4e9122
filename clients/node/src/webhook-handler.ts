// A webhook's handler where requests are those of node:http: Express, Next.js Pages, Connect, and node:http itself.

import { InvalidArgument } from './errors.js';
import { MOST_BODY_BYTES, type OnEvent, type Verifier, answerTo } from './webhook-route.js';

/** What of a request is used. */
export interface NodeRequest extends AsyncIterable<Uint8Array> {
  method?: string | undefined;
  headers: { readonly [name: string]: string | string[] | undefined };
  /** What a parser has made of the body. */
  body?: unknown;
  /** What `keepRawBody` has kept. */
  rawBody?: unknown;
  readableEnded?: boolean;
}

/** What of a response is used. */
export interface NodeResponse {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(): unknown;
}

/**
 * The `verify` hook of `express.json` and its like: keeps the bytes for `webhookHandler` in an application that
 * parses every body.
 */
export function keepRawBody(request: object, _response: unknown, bytes: Uint8Array): void {
  (request as { rawBody?: unknown }).rawBody = bytes;
}

/**
 * A handler that takes the bytes from `keepRawBody`, from `express.raw`, or from the request where nothing has read it.
 */
export function webhookHandler(
  webhook: Verifier,
  onEvent: OnEvent,
): (
  request: NodeRequest,
  response: NodeResponse,
  next?: (error: unknown) => void,
) => Promise<void> {
  return async (request, response, next) => {
    try {
      if (request.method !== 'POST') {
        response.setHeader('Allow', 'POST');
        return finish(response, 405);
      }
      const body = await rawBody(request);
      if (!body) {
        response.setHeader('Connection', 'close');
        return finish(response, 413);
      }
      return finish(response, await answerTo(webhook, onEvent, body, request.headers));
    } catch (error) {
      if (next) return next(error);
      console.error(error);
      return finish(response, 500);
    }
  };
}

function finish(response: NodeResponse, status: number): void {
  response.statusCode = status;
  response.end();
}

async function rawBody(request: NodeRequest): Promise<Uint8Array | null> {
  for (const kept of [request.rawBody, request.body]) {
    if (kept instanceof Uint8Array) return kept;
  }
  // An empty one is what express.json leaves where it has read nothing.
  if (request.readableEnded || typeof request.body === 'string') {
    throw new InvalidArgument(
      'the raw body is gone: a parser has read it before. Put express.raw({ type: "application/json" }) before this handler, or keepRawBody into the parser as verify',
    );
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MOST_BODY_BYTES) return null;
  }
  return Buffer.concat(chunks);
}
