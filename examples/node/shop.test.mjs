// The shop against a real gateway: what is paid is booked once, and nothing else is.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Client } from 'usdt-client';

import { startKit, until } from '../../clients/node/tests/kit.mjs';

const at = (name) => fileURLToPath(new URL(name, import.meta.url));

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** A gateway, and how a shop of it is started and asked. */
async function open(t, { told }) {
  const folder = mkdtempSync(join(tmpdir(), 'shop-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const port = await freePort();
  const kit = await startKit(t, told ? ['--webhook-url', `http://127.0.0.1:${port}/webhook`] : []);
  const file = join(folder, 'shop.sqlite');
  const environment = (ownPort) => ({
    ...process.env,
    GATEWAY: kit.gateway,
    API_KEY: kit.api_key,
    API_SECRET: kit.api_secret,
    PORT: String(ownPort),
    SHOP_DATABASE: file,
  });
  const rows = (sql, ...values) => {
    const db = new DatabaseSync(file, { readOnly: true });
    try {
      return db
        .prepare(sql)
        .all(...values)
        .map((row) => ({ ...row }));
    } finally {
      db.close();
    }
  };
  return {
    kit,
    rows,
    client: new Client(kit.gateway, kit.api_key, kit.api_secret),
    reasons: () => rows('SELECT reason FROM attention').map(({ reason }) => reason),
    async start(ownPort = port) {
      const child = spawn(process.execPath, [at('shop.mjs')], {
        env: environment(ownPort),
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const stop = async () => {
        if (child.exitCode !== null) return;
        child.kill('SIGTERM');
        await once(child, 'exit');
      };
      t.after(stop);
      await once(child.stdout, 'data');
      return { base: `http://127.0.0.1:${ownPort}`, stop };
    },
    async reconcile() {
      const child = spawn(process.execPath, [at('reconcile.mjs')], {
        env: environment(port),
        stdio: 'inherit',
      });
      const [code] = await once(child, 'exit');
      assert.equal(code, 0);
    },
  };
}

/** Presses a button, and returns where it leads. */
async function press(base, path) {
  const response = await fetch(base + path, { method: 'POST', redirect: 'manual' });
  assert.equal(response.status, 303);
  const location = new URL(response.headers.get('location'));
  return { location, paymentId: location.searchParams.get('id') };
}

async function state(base, order, page = '/order') {
  const response = await fetch(`${base}${page}?order=${order}`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('cache-control'), 'no-store');
  return /id="state">([^<]+)</.exec(await response.text())[1];
}

async function untilState(base, order, wanted) {
  while ((await state(base, order)) !== wanted);
}

function post(
  base,
  secret,
  body,
  signature = createHmac('sha256', secret).update(body).digest('hex'),
) {
  return fetch(`${base}/webhook`, {
    method: 'POST',
    body,
    headers: { 'X-Signature': signature },
  }).then(({ status }) => status);
}

/** The bytes of the webhook that says that a payment is paid. */
async function paidBody(client, paymentId) {
  const payment = await client.getPayment(paymentId);
  await client.testPay(paymentId);
  await until(client, payment, ({ isPaid }) => isPaid);
  for await (const { eventId } of client.listEvents({ paymentId }))
    return (await client.getEvent(eventId)).body;
  throw new Error('no event');
}

test('an order from its button to its delivery', async (t) => {
  const { start, client, rows, reasons } = await open(t, { told: true });
  const { base } = await start();
  const front = await (await fetch(`${base}/`)).text();
  assert.match(front, /50\.00 USDT/);
  const { paymentId } = await press(base, '/buy');
  const [{ order_id: order, reference }] = rows('SELECT * FROM payments');
  assert.match(reference, /^[0-9a-f]{8}-[0-9a-f-]{36}-1$/);
  assert.equal(await state(base, order), 'waiting for the payment');
  assert.equal(await state(base, order, '/return'), 'waiting for the payment');
  assert.equal((await press(base, `/pay?order=${order}`)).paymentId, paymentId, 'the same again');
  await client.testPay(paymentId);
  await untilState(base, order, 'paid');
  assert.equal(await state(base, order, '/return'), 'paid');
  assert.deepEqual(rows('SELECT * FROM deliveries'), [{ order_id: order }]);
  assert.equal((await client.sendTestWebhook()).httpStatus, 200);
  assert.deepEqual(reasons(), []);
  assert.equal((await fetch(`${base}/order?order=none`)).status, 404);
});

test('six webhooks at once, at two processes of the shop, book once', async (t) => {
  const { start, client, rows, kit, reasons } = await open(t, { told: false });
  const [{ base }, { base: other }] = [await start(), await start(await freePort())];
  for (let round = 1; round <= 3; round += 1) {
    const { paymentId } = await press(base, '/buy');
    const body = await paidBody(client, paymentId);
    const posts = [base, other, base, other, base, other].map((one) =>
      post(one, kit.api_secret, body),
    );
    assert.deepEqual(await Promise.all(posts), Array(6).fill(200));
    assert.equal(rows('SELECT * FROM deliveries').length, round);
  }
  assert.deepEqual(reasons(), []);
});

test('what was paid while the shop was down is found, and its webhook changes nothing more', async (t) => {
  const { start, client, rows, reconcile, reasons, kit } = await open(t, { told: true });
  const first = await start();
  const { paymentId } = await press(first.base, '/buy');
  const [{ order_id: order }] = rows('SELECT * FROM payments');
  await first.stop();
  const body = await paidBody(client, paymentId);
  await reconcile();
  assert.deepEqual(rows('SELECT * FROM deliveries'), [{ order_id: order }]);
  const { base } = await start();
  assert.equal(await state(base, order), 'paid');
  assert.equal(await post(base, kit.api_secret, body), 200);
  await reconcile();
  assert.equal(rows('SELECT * FROM deliveries').length, 1);
  assert.deepEqual(reasons(), []);
});

test('what is not what was ordered is not booked, and a person hears of it', async (t) => {
  const { start, client, rows, kit, reasons } = await open(t, { told: false });
  const { base } = await start();
  const { paymentId } = await press(base, '/buy');
  const [{ order_id: order }] = rows('SELECT * FROM payments');
  const body = await paidBody(client, paymentId);

  assert.equal(await post(base, 'sk_other', body), 401);
  assert.equal(
    await post(
      base,
      kit.api_secret,
      `${body} `,
      createHmac('sha256', kit.api_secret).update(body).digest('hex'),
    ),
    401,
  );
  assert.equal(await post(base, kit.api_secret, body, 'é'.repeat(32)), 401);
  assert.equal(await post(base, kit.api_secret, body, ''), 401);
  assert.deepEqual(reasons(), []);

  const altered = (changes) => JSON.stringify({ ...JSON.parse(body), ...changes });
  for (const [changes, reason] of [
    [{ amount: '49.99' }, 'differs: amount'],
    [{ order_id: 'other' }, 'differs: order_id'],
    [{ currency: 'USDC' }, 'differs: currency'],
    [{ network: 'ERC20' }, 'differs: network'],
    [{ received_amount: '49.000000' }, 'differs: received_amount'],
    [{ payment_id: 7 }, 'unknown payment'],
    [{ status: 'expired' }, 'event unknown'],
    [{ type: 'payment.seen' }, 'event payment.seen'],
  ]) {
    for (let time = 1; time <= 2; time += 1)
      assert.equal(await post(base, kit.api_secret, altered(changes)), 200);
    assert.equal(reasons().filter((one) => one === reason).length, 1, reason);
  }
  assert.equal(await post(base, kit.api_secret, altered({ type: 'test' })), 200);
  assert.equal(await state(base, order), 'waiting for the payment');
  assert.deepEqual(rows('SELECT * FROM deliveries'), []);
  assert.equal(await post(base, kit.api_secret, body), 200);
  assert.equal(await state(base, order), 'paid');
});

test('what was not paid in time gets a new payment, and is booked if it is paid late', async (t) => {
  const { start, client, rows, reconcile, reasons } = await open(t, { told: false });
  const { base } = await start();
  const { paymentId } = await press(base, '/buy');
  const [{ order_id: order }] = rows('SELECT * FROM payments');
  const first = await client.getPayment(paymentId);
  await client.testTime(1800);
  await until(client, first, ({ status }) => status === 'expired');
  await reconcile();
  assert.equal(await state(base, order), 'not paid in time');
  const second = await press(base, `/pay?order=${order}`);
  assert.notEqual(second.paymentId, paymentId);
  await client.testPay(paymentId);
  await until(client, first, ({ isPaid }) => isPaid);
  await reconcile();
  assert.equal(await state(base, order), 'paid');
  assert.deepEqual(reasons(), ['paid late']);
  await client.testPay(second.paymentId);
  await until(client, await client.getPayment(second.paymentId), ({ isPaid }) => isPaid);
  await reconcile();
  assert.deepEqual(reasons().sort(), ['paid late', 'the order was paid before']);
  assert.equal(rows('SELECT * FROM deliveries').length, 1);
});
