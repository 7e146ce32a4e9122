// The client on Node.js.

import { BaseClient, type ClientOptions } from './base-client.js';
import type { RawBody, WebhookHeaders } from './claim.js';
import { NODE_PLATFORM } from './node-platform.js';
import { Webhook } from './webhook.js';
import type { OtherEvent, PaidEvent } from './webhook-event.js';

/** Calls a gateway for one project, and verifies its webhooks. */
export class Client extends BaseClient {
  readonly #webhook: Webhook;

  /** The gateway is its origin, such as `https://pay.example.com`. */
  constructor(gateway: string, apiKey: string, apiSecret: string, options: ClientOptions = {}) {
    super(NODE_PLATFORM, gateway, apiKey, apiSecret, options);
    const { webhookSecrets = apiSecret, clock } = options;
    this.#webhook = new Webhook(webhookSecrets, clock && { clock });
  }

  /** Returns the event, or throws a `SignatureError`: then answer 401. The body is the raw one, as it came. */
  verifyWebhook(rawBody: RawBody, headers: WebhookHeaders): PaidEvent | OtherEvent {
    return this.#webhook.verify(rawBody, headers);
  }
}
