// The package on Node.js.

export { Client } from './client.js';
export * from './shared.js';
export { Webhook, type WebhookOptions } from './webhook.js';
export {
  type NodeRequest,
  type NodeResponse,
  keepRawBody,
  webhookHandler,
} from './webhook-handler.js';
export { type FastifyLike, type WebhookPluginOptions, webhookPlugin } from './webhook-plugin.js';
