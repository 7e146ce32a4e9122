// The client on edge runtimes.

import { BaseClient, type ClientOptions } from './base-client.js';
import type { RawBody, WebhookHeaders } from './claim.js';
import { WEB_PLATFORM } from './web-platform.js';
import { Webhook } from './web-webhook.js';
import type { OtherEvent, PaidEvent } from './webhook-event.js';

/** Calls a gateway for one project, and verifies its webhooks. */
export class Client extends BaseClient {
  readonly #webhook: Webhook;

  /** The gateway is its origin, such as `https://pay.example.com`. */
  constructor(gateway: string, apiKey: string, apiSecret: string, options: ClientOptions = {}) {
    super(WEB_PLATFORM, gateway, apiKey, apiSecret, options);
    const { webhookSecrets = apiSecret, clock } = options;
    this.#webhook = new Webhook(webhookSecrets, clock && { clock });
  }

  /** Resolves to the event, or rejects with a `SignatureError`: then answer 401. The body is the raw one. */
  verifyWebhook(rawBody: RawBody, headers: WebhookHeaders): Promise<PaidEvent | OtherEvent> {
    return this.#webhook.verify(rawBody, headers);
  }
}
