// The shop under test: Vendure as a merchant configures it, and a recorder of what happens in it.

import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';

import {
  DefaultSchedulerPlugin,
  EventBus,
  OrderPlacedEvent,
  PaymentMethodHandler,
  PluginCommonModule,
  VendurePlugin,
  defaultOrderProcess,
  defaultPaymentProcess,
  dummyPaymentHandler,
} from '@vendure/core';
import { UsdtAttentionEvent, UsdtCheckoutPlugin } from 'usdt-checkout-vendure';

export const SUPERADMIN = { identifier: 'superadmin', password: 'superadmin' };

process.env.VENDURE_DISABLE_TELEMETRY = 'true';

/** What the shop's process has seen. */
export const seen = { placed: [], attention: [], log: [] };

/** Pays a part of an order. */
const voucherHandler = new PaymentMethodHandler({
  code: 'voucher',
  description: [{ languageCode: 'en', value: 'Voucher' }],
  args: {},
  createPayment: () => ({ amount: 100, state: 'Settled', transactionId: 'voucher' }),
  settlePayment: () => ({ success: true }),
});

/** What shall go wrong next: it breaks off `before` or `after` the order changes, or the shop's rules forbid it. */
export const fault = { next: null };

function happens(what) {
  const is = fault.next === what;
  if (is) fault.next = null;
  return is;
}

/** Like the hooks of a real shop, it lets others go on meanwhile. */
async function breakOff(moment) {
  await setImmediate();
  if (happens(moment)) throw new Error(`broke off ${moment}`);
}

const payments = { onTransitionStart: () => breakOff('before') };
const orders = {
  onTransitionStart: (_from, to) =>
    to === 'PaymentSettled' && happens('forbidden') ? 'not on a Sunday' : undefined,
  onTransitionEnd: (_from, to) => (to === 'PaymentSettled' ? breakOff('after') : undefined),
};

class Recorder {
  constructor(events) {
    events.ofType(OrderPlacedEvent).subscribe(({ order, ctx }) => {
      seen.placed.push({ code: order.code, channel: ctx.channel.code, language: ctx.languageCode });
    });
    events
      .ofType(UsdtAttentionEvent)
      .subscribe(({ payment, reason }) => seen.attention.push({ ...payment, told: reason }));
  }
}
Reflect.defineMetadata('design:paramtypes', [EventBus], Recorder);
VendurePlugin({ imports: [PluginCommonModule], compatibility: '^3.0.0' })(Recorder);

const keepLine = (line) => {
  seen.log.push(String(line));
  if (process.env.SHOP_LOG) console.log(line);
};

if (!process.env.SHOP_DATABASE && process.env.TEST_POSTGRES) {
  // Another server of the shop finds it there, too.
  process.env.SHOP_DATABASE = await createDatabase(process.env.TEST_POSTGRES);
}
const url = process.env.SHOP_DATABASE;
export const isInMemory = !url;
export const database = isInMemory
  ? { type: 'better-sqlite3', database: ':memory:' }
  : { type: new URL(url).protocol.slice(0, -1), url };

/** `gateway` has `url`, `key` and `secret`; without it the shop has no such plugin. */
export function config({ port, home = port, gateway, connection }) {
  const project = gateway && {
    gateway: gateway.url,
    apiKey: gateway.key,
    apiSecret: gateway.secret,
    returnUrl: 'https://shop.example/checkout/usdt',
  };
  return {
    apiOptions: { hostname: '127.0.0.1', port, adminApiPath: 'admin-api', shopApiPath: 'shop-api' },
    authOptions: { tokenMethod: 'bearer', superadminCredentials: SUPERADMIN, requireVerification: false },
    dbConnectionOptions: { ...database, ...connection },
    orderOptions: { process: [defaultOrderProcess, orders] },
    paymentOptions: {
      paymentMethodHandlers: [dummyPaymentHandler, voucherHandler],
      process: [defaultPaymentProcess, payments],
    },
    schedulerOptions: { runTasksInWorkerOnly: false },
    logger: { error: keepLine, warn: keepLine, info() {}, verbose() {}, debug() {} },
    plugins: [
      DefaultSchedulerPlugin.init({ manualTriggerCheckInterval: 100 }),
      ...(gateway
        ? [
            Recorder,
            UsdtCheckoutPlugin.init({
              url: `http://127.0.0.1:${home}`,
              projects: { default: project, other: { ...project, gateway: 'http://127.0.0.1:9' } },
            }),
          ]
        : []),
    ],
  };
}

/** A database of its own at a server of PostgreSQL. */
async function createDatabase(server) {
  const { default: pg } = await import('pg');
  const name = `vendure_${randomBytes(6).toString('hex')}`;
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
