// The package on edge runtimes: WebCrypto and fetch instead of Node.js, and `verify` answers later.

export * from './shared.js';
export { Client } from './web-client.js';
export { Webhook, type WebhookOptions } from './web-webhook.js';
