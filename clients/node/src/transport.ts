// How requests reach the gateway, for platforms and tests that bring their own way.

export interface TransportRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;
  /** In milliseconds, until the connection stands, TLS included. */
  readonly connectTimeout: number;
  /** In milliseconds, until the whole answer is there. */
  readonly timeout: number;
  /** Of an answer's body. A transport may stop one byte later. */
  readonly maxBytes: number;
}

export interface TransportAnswer {
  readonly status: number;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/**
 * Sends a request once, follows no redirect, and returns the whole answer whatever its status. It throws where no
 * answer came, or no whole one.
 */
export type Transport = (request: TransportRequest) => Promise<TransportAnswer>;

/** What of its surroundings a client uses. */
export interface Platform {
  readonly transport: Transport;
  /** HMAC-SHA256. */
  sign(secret: string, bytes: Uint8Array): Promise<Uint8Array> | Uint8Array;
  randomId(): string;
}

/** Time, for tests. */
export interface Clock {
  /** In milliseconds since 1970. */
  now(): number;
  /** In milliseconds. */
  sleep(duration: number): Promise<void>;
}

export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  sleep: (duration) => new Promise((resolve) => setTimeout(resolve, duration)),
};
