// Reads an answer: what the gateway says, or the error that it is.

import { ApiError, type ErrorDetails, UnexpectedAnswerError, errorClass } from './errors.js';
import { Fields, type JsonObject, Malformed, isObject } from './fields.js';
import type { TransportAnswer } from './transport.js';

/** Of an answer's body: 1 MiB. */
export const MAX_BYTES = 1024 * 1024;

/** Returns what an answer holds, or throws what it means. */
export function readAnswer(answer: TransportAnswer): JsonObject {
  const value = answer.body.length > MAX_BYTES ? null : parse(answer.body);
  const details = detailsOf(answer, value);
  if (isSuccess(answer.status)) {
    if (isObject(value) && value['ok'] === true) return value;
    throw new UnexpectedAnswerError(
      `${size(answer)} with status ${answer.status} is no answer of the gateway`,
      details,
    );
  }
  // A proxy's 5xx and 429 mean what the gateway's do. Any other status must be the gateway's own word.
  const isOwn = isObject(value) && value['ok'] === false && typeof value['error'] === 'string';
  if (isOwn) throw new (errorClass(answer.status))(String(value['error']), details);
  const message = `${size(answer)} with status ${answer.status} is no error of the gateway`;
  if (answer.status >= 500 || answer.status === 429)
    throw new (errorClass(answer.status))(message, details);
  throw new UnexpectedAnswerError(message, details);
}

/** Reads the parts of an answer that said `ok`. What has not its form is an `UnexpectedAnswerError`. */
export function readParts<T>(answer: JsonObject, read: (fields: Fields) => T): T {
  try {
    return read(new Fields(answer));
  } catch (error) {
    if (error instanceof Malformed) throw unexpected(error.message);
    throw error;
  }
}

/** The error for an answer that is whole and says something else than was asked. */
export function unexpected(message: string): ApiError {
  return new UnexpectedAnswerError(`the answer is none of the gateway: ${message}`, {
    status: 200,
    code: null,
    hint: null,
    docs: null,
    retryAfter: null,
    requestId: null,
  });
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function size({ body }: TransportAnswer): string {
  return body.length > MAX_BYTES ? 'what has more than 1 MiB' : `what has ${body.length} bytes`;
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return null;
  }
}

function detailsOf({ status, headers }: TransportAnswer, value: unknown): ErrorDetails {
  const text = (name: string) => {
    const found = isObject(value) ? value[name] : null;
    return typeof found === 'string' ? found : null;
  };
  const retryAfter = headers['retry-after'] ?? '';
  return {
    status,
    code: text('code'),
    hint: text('hint'),
    docs: text('docs'),
    retryAfter: /^[0-9]{1,9}$/.test(retryAfter) ? Number(retryAfter) : null,
    requestId: headers['x-request-id'] ?? null,
  };
}
