// What a webhook claims, before anything of it is believed: bytes, signatures and time, each in its form.

import { InvalidArgument, SignatureError } from './errors.js';
import { isObject } from './fields.js';
import { type OtherEvent, type PaidEvent, parseEvent } from './webhook-event.js';

/** The bytes of the body as they came, or their text. */
export type RawBody = string | Uint8Array | ArrayBuffer;

/** Headers in any of their forms: of Node.js, of Fetch, pairs, or a map. */
export type WebhookHeaders =
  | { readonly [name: string]: string | readonly string[] | undefined }
  | Iterable<readonly [string, string]>;

/** In seconds, either way. */
export const TOLERANCE = 300;

const HEX = /^[0-9a-fA-F]{64}$/;
const BASE64 = /^[A-Za-z0-9+/]{43}=$/;
const TIMESTAMP = /^[0-9]{1,12}$/;

/** Verified where some secret makes each signature. */
export interface Claim {
  body: Uint8Array;
  signature: Uint8Array;
  /** Of Standard Webhooks, where it came. */
  standard: { signed: Uint8Array; signatures: Uint8Array[] } | null;
}

export function readClaim(rawBody: RawBody, headers: WebhookHeaders, now: number): Claim {
  const body = bytesOf(rawBody);
  const find = finder(headers);
  const signature = find('x-signature');
  if (signature === null) throw refusal('missing_signature', 'X-Signature is missing');
  if (!HEX.test(signature)) {
    throw refusal('malformed_signature', 'X-Signature must have 64 hex digits');
  }
  return { body, signature: fromHex(signature), standard: readStandard(body, find, now) };
}

function readStandard(
  body: Uint8Array,
  find: (name: string) => string | null,
  now: number,
): Claim['standard'] {
  const header = find('webhook-signature');
  if (header === null) return null;
  const [id, timestamp] = [find('webhook-id'), find('webhook-timestamp')];
  if (id === null || timestamp === null) {
    throw refusal(
      'missing_webhook_header',
      'webhook-signature needs webhook-id and webhook-timestamp',
    );
  }
  if (!TIMESTAMP.test(timestamp)) {
    throw refusal('malformed_timestamp', 'webhook-timestamp must be whole seconds');
  }
  const age = now - Number(timestamp);
  if (age > TOLERANCE) {
    throw refusal('timestamp_too_old', `webhook-timestamp is ${Math.floor(age)} seconds old`);
  }
  if (age < -TOLERANCE) {
    throw refusal('timestamp_too_new', `webhook-timestamp is ${Math.floor(-age)} seconds ahead`);
  }
  const signatures = header
    .split(' ')
    .map((one) => one.split(','))
    .filter(
      ([version, text, ...more]) => version === 'v1' && text && BASE64.test(text) && !more.length,
    )
    .map(([, text]) => fromBase64(text ?? ''));
  const prefix = new TextEncoder().encode(`${id}.${timestamp}.`);
  const signed = new Uint8Array(prefix.length + body.length);
  signed.set(prefix);
  signed.set(body, prefix.length);
  return { signed, signatures };
}

/** The error for a signature that no secret makes. */
export function wrong(which: 'wrong_signature' | 'wrong_webhook_signature'): SignatureError {
  const name = which === 'wrong_signature' ? 'X-Signature' : 'webhook-signature';
  return refusal(which, `${name} is not that of this body under this secret`);
}

/** What the body says, whose signature is right. */
export function readEvent(body: Uint8Array): PaidEvent | OtherEvent {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    throw refusal('malformed_body', 'the body is no JSON in UTF-8');
  }
  if (!isObject(value)) throw refusal('malformed_body', 'the body is no JSON object');
  return parseEvent(value);
}

/** Secrets that a program hands in. */
export function requireSecrets(secrets: string | readonly string[]): readonly string[] {
  const list = typeof secrets === 'string' ? [secrets] : secrets;
  if (!Array.isArray(list) || list.length === 0) throw new InvalidArgument('a secret is required');
  for (const secret of list) {
    if (typeof secret !== 'string' || secret === '') {
      throw new InvalidArgument('a secret is missing or empty: is its setting there?');
    }
  }
  return [...list];
}

function bytesOf(body: unknown): Uint8Array {
  if (typeof body === 'string') return new TextEncoder().encode(body);
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (ArrayBuffer.isView(body))
    return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  // Of another realm, as test runners and edge runtimes have them.
  if (Object.prototype.toString.call(body) === '[object ArrayBuffer]')
    return new Uint8Array(body as ArrayBuffer);
  throw new InvalidArgument(
    'the raw body is required, as bytes or text: what came was parsed, and a parsed body has other bytes than were signed',
  );
}

/** Finds a header by its name in lower case. What came several times is joined, as HTTP does. */
function finder(headers: WebhookHeaders): (name: string) => string | null {
  if (typeof headers !== 'object' || headers === null) {
    throw new InvalidArgument('headers must be an object, pairs, or Headers');
  }
  const pairs: Iterable<readonly [string, unknown]> =
    Symbol.iterator in headers
      ? (headers as Iterable<readonly [string, string]>)
      : Object.entries(headers);
  const found = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    if (value === undefined || value === null) continue;
    const key = String(name).toLowerCase();
    const values = Array.isArray(value) ? value.map(String) : [String(value)];
    found.set(key, [...(found.get(key) ?? []), ...values]);
  }
  return (name) => found.get(name)?.join(', ') ?? null;
}

function refusal(reason: SignatureError['reason'], message: string): SignatureError {
  return new SignatureError(reason, message);
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length / 2 }, (_, at) =>
    parseInt(text.slice(2 * at, 2 * at + 2), 16),
  );
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
