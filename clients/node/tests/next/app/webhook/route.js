// The App Router on Node.js.

import { Webhook, webhookRoute } from 'usdt-client';

import { onEvent } from '../../on-event.js';

export const POST = webhookRoute(new Webhook('sk_test_1'), onEvent);
