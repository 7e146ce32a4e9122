// Verifies webhooks by WebCrypto, which answers later.

import {
  type RawBody,
  type WebhookHeaders,
  readClaim,
  readEvent,
  requireSecrets,
  wrong,
} from './claim.js';
import { Hidden } from './hidden.js';
import type { Clock } from './transport.js';
import { isSignedBy } from './web-platform.js';
import type { OtherEvent, PaidEvent } from './webhook-event.js';

export interface WebhookOptions {
  /** For tests: the time by which a webhook's age is told. */
  clock?: Pick<Clock, 'now'>;
}

/** Verifies webhooks by the project's secret, or by each of several while a secret is changed. */
export class Webhook extends Hidden {
  readonly #secrets: readonly string[];
  readonly #now: () => number;

  constructor(secrets: string | readonly string[], { clock = Date }: WebhookOptions = {}) {
    super();
    this.#secrets = requireSecrets(secrets);
    this.#now = () => clock.now() / 1000;
  }

  /**
   * Resolves to the event, or rejects with a `SignatureError`: then answer 401. The body is the raw one, as it came.
   */
  async verify(rawBody: RawBody, headers: WebhookHeaders): Promise<PaidEvent | OtherEvent> {
    const { body, signature, standard } = readClaim(rawBody, headers, this.#now());
    if (!(await this.#made(body, [signature]))) throw wrong('wrong_signature');
    if (standard && !(await this.#made(standard.signed, standard.signatures))) {
      throw wrong('wrong_webhook_signature');
    }
    return readEvent(body);
  }

  toJSON(): Record<string, unknown> {
    return {};
  }

  async #made(bytes: Uint8Array, signatures: Uint8Array[]): Promise<boolean> {
    for (const secret of this.#secrets) {
      for (const signature of signatures) {
        if (await isSignedBy(secret, bytes, signature)) return true;
      }
    }
    return false;
  }
}
