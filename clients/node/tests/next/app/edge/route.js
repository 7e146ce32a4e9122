// The App Router on the edge runtime, which must get the edge build.

import { Webhook, webhookRoute } from 'usdt-client';

import { onEvent } from '../../on-event.js';

export const runtime = 'edge';

const webhook = new Webhook('sk_test_1');
// Only the edge build answers later; the other one would throw here.
webhook.verify('', {}).catch(() => {});

export const POST = webhookRoute(webhook, onEvent);
