// Signed calls: the same bytes in each try, and a further try only where it is safe.

import { MAX_BYTES, readAnswer } from './answer.js';
import { ApiError, ConnectionError, InvalidArgument, UsdtError } from './errors.js';
import type { JsonObject } from './fields.js';
import type { Clock, Platform, TransportAnswer } from './transport.js';
import { VERSION } from './version.js';

const MOST_ATTEMPTS = 3;
/** For all attempts and what is waited between them, in milliseconds. */
const BUDGET = 20_000;
const FIRST_PAUSE = 250;
const WORTH_REPEATING = [429, 500, 502, 503, 504];

const KEY = /^[\x21-\x7e]+$/;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
const USER_AGENT = /^[\x20-\x7e]{1,200}$/;
const PATH = /^(\/[A-Za-z0-9._~%:@!$&'()*+,;=-]+)+$/;
const METHODS = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'];

export interface Settings {
  origin: string;
  apiKey: string;
  apiSecret: string;
  userAgent: string | undefined;
  connectTimeout: number;
  timeout: number;
  clock: Clock;
}

export type Query = Readonly<Record<string, string | number | null | undefined>>;

export interface Call {
  query?: Query;
  /** What JSON holds. */
  body?: object;
  /** With it the call is repeated where no answer came. */
  idempotencyKey?: string | undefined;
  /** How long the gateway may hold the answer, in milliseconds. */
  hold?: number;
}

export class Caller {
  readonly #platform: Platform;
  readonly #settings: Settings;

  constructor(platform: Platform, settings: Settings) {
    if (typeof settings.apiKey !== 'string' || !KEY.test(settings.apiKey)) {
      throw new InvalidArgument('apiKey is missing or malformed: is its setting there?');
    }
    if (typeof settings.apiSecret !== 'string' || settings.apiSecret === '') {
      throw new InvalidArgument('apiSecret is missing or empty: is its setting there?');
    }
    if (settings.userAgent !== undefined && !USER_AGENT.test(settings.userAgent)) {
      throw new InvalidArgument('userAgent must be 1 to 200 visible characters of ASCII');
    }
    for (const name of ['connectTimeout', 'timeout'] as const) {
      if (!(settings[name] > 0)) throw new InvalidArgument(`${name} must be milliseconds above 0`);
    }
    this.#platform = platform;
    this.#settings = settings;
  }

  get clock(): Clock {
    return this.#settings.clock;
  }

  randomId(): string {
    return this.#platform.randomId();
  }

  async call(
    method: string,
    path: string,
    { query, body, idempotencyKey, hold = 0 }: Call = {},
  ): Promise<JsonObject> {
    if (!METHODS.includes(method))
      throw new InvalidArgument(`method must be one of ${METHODS.join(', ')}`);
    if (!PATH.test(path) || path.split('/').some((part) => /^(\.|%2e){1,2}$/i.test(part))) {
      throw new InvalidArgument(
        'path must begin with a slash, and have no query and no dots alone',
      );
    }
    if (idempotencyKey !== undefined && !IDEMPOTENCY_KEY.test(idempotencyKey)) {
      throw new InvalidArgument('idempotencyKey must be 1 to 255 visible characters of ASCII');
    }
    const isGet = method === 'GET';
    if (isGet && body !== undefined) throw new InvalidArgument('a GET has no body: use query');
    const search = encodeQuery(query ?? {});
    const { origin, apiKey, apiSecret, userAgent } = this.#settings;
    const bytes = isGet ? null : new TextEncoder().encode(encodeBody(body ?? {}));
    const signature = await this.#platform.sign(
      apiSecret,
      bytes ?? new TextEncoder().encode(search),
    );
    const request = {
      method,
      url: origin + path + (search && `?${search}`),
      headers: {
        Accept: 'application/json',
        'User-Agent': `usdt-client-node/${VERSION}${userAgent === undefined ? '' : ` ${userAgent}`}`,
        'X-API-Key': apiKey,
        'X-Signature': hex(signature),
        ...(bytes && { 'Content-Type': 'application/json' }),
        ...(idempotencyKey !== undefined && { 'Idempotency-Key': idempotencyKey }),
      },
      body: bytes,
    };
    return this.#attempt(request, isGet || idempotencyKey !== undefined, hold);
  }

  async #attempt(
    request: {
      method: string;
      url: string;
      headers: Record<string, string>;
      body: Uint8Array | null;
    },
    isRepeatable: boolean,
    hold: number,
  ): Promise<JsonObject> {
    const { clock, connectTimeout } = this.#settings;
    const most = this.#settings.timeout + hold;
    const end = clock.now() + Math.max(BUDGET + hold, most);
    for (let attempt = 1; ; attempt += 1) {
      const timeout = Math.min(most, end - clock.now());
      try {
        return readAnswer(
          await this.#send({ ...request, connectTimeout, timeout, maxBytes: MAX_BYTES }),
        );
      } catch (error) {
        const pause = isRepeatable && attempt < MOST_ATTEMPTS ? pauseAfter(error, attempt) : null;
        if (pause === null || clock.now() + pause >= end) throw error;
        await clock.sleep(pause);
      }
    }
  }

  async #send(request: Parameters<Platform['transport']>[0]): Promise<TransportAnswer> {
    try {
      return await this.#platform.transport(request);
    } catch (error) {
      if (error instanceof UsdtError) throw error;
      throw new ConnectionError(`no answer from ${this.#settings.origin}: ${reason(error)}`);
    }
  }
}

/** One segment of a path. */
export function segment(value: string, name: string): string {
  if (typeof value !== 'string' || value === '') throw new InvalidArgument(`${name} is required`);
  return encodeURIComponent(value);
}

/** Milliseconds to wait before the next attempt, or `null` where there must be none. */
function pauseAfter(error: unknown, attempt: number): number | null {
  const pause = FIRST_PAUSE * 2 ** (attempt - 1) * (1 + Math.random());
  if (error instanceof ConnectionError) return pause;
  if (!(error instanceof ApiError) || !WORTH_REPEATING.includes(error.status)) return null;
  return Math.max(pause, (error.retryAfter ?? 0) * 1000);
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'the transport failed';
  // What fetch says of itself is only that it failed.
  const { code, message } = (
    error.cause instanceof Error ? error.cause : error
  ) as NodeJS.ErrnoException;
  return message || code || error.name;
}

function encodeQuery(query: Query): string {
  return Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join('&');
}

function encodeBody(body: object): string {
  const text = JSON.stringify(body);
  if (text === undefined || !text.startsWith('{'))
    throw new InvalidArgument('the body must be an object');
  return text;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
