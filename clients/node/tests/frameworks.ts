// What fastify's own types say of the plugin.

import fastify from 'fastify';
import { Webhook, webhookPlugin } from 'usdt-client';

export const app = fastify();
app.register(webhookPlugin, {
  url: '/webhook',
  webhook: new Webhook('sk_test_1'),
  onEvent: () => 200,
});
