// Edge runtimes: WebCrypto and fetch. They check TLS themselves, and cannot bound the time to connect.

import type { Platform, TransportAnswer, TransportRequest } from './transport.js';

export const WEB_PLATFORM: Platform = {
  transport: send,
  sign,
  randomId: () => crypto.randomUUID(),
};

async function sign(secret: string, bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', await key(secret, 'sign'), own(bytes)));
}

/** Whether a signature is that of the bytes, in constant time. */
export async function isSignedBy(
  secret: string,
  bytes: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  return crypto.subtle.verify('HMAC', await key(secret, 'verify'), own(signature), own(bytes));
}

function key(secret: string, usage: 'sign' | 'verify'): Promise<CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  return crypto.subtle.importKey('raw', new TextEncoder().encode(secret), algorithm, false, [
    usage,
  ]);
}

async function send(request: TransportRequest): Promise<TransportAnswer> {
  const abort = new AbortController();
  const timer = setTimeout(() => {
    abort.abort(new Error(`no whole answer within ${request.timeout} ms`));
  }, request.timeout);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: request.headers,
      body: request.body && own(request.body),
      redirect: 'manual',
      signal: abort.signal,
    });
    const body = await read(response, request.maxBytes);
    return { status: response.status, headers: Object.fromEntries(response.headers), body };
  } finally {
    clearTimeout(timer);
  }
}

async function read(response: Response, maxBytes: number): Promise<Uint8Array> {
  if (!response.body) return new Uint8Array();
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length <= maxBytes) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    length += value.length;
  }
  if (length > maxBytes) await reader.cancel();
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

/** Bytes that no other thread can change meanwhile. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
