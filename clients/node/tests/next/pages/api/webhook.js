// The Pages.

import { Webhook, webhookHandler } from 'usdt-client';

import { onEvent } from '../../on-event.js';

export const config = { api: { bodyParser: false } };

export default webhookHandler(new Webhook('sk_test_1'), onEvent);
