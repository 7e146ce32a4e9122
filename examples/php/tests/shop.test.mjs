// The shop against a real gateway: each story from the buyer's click to what is booked.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const run = promisify(execFile);

let kit;
let shop;
let env;
let folder;
let programs = [];
/** What happens to a webhook on its way: it is sent so often, or the shop is down, or it is changed. */
let way = { times: 1 };
let told = [];
let tell = () => {};

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'shop-'));
  const between = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const { 'x-signature': signature } = request.headers;
    const statuses = way.isDown ? [] : await Promise.all(Array.from({ length: way.times }, () => post(body, signature)));
    response.writeHead(statuses.length > 0 && statuses.every((status) => status === 200) ? 200 : 503).end();
    told.push({ body: JSON.parse(body), statuses });
    tell();
  });
  between.listen(0, '127.0.0.1').unref();
  await once(between, 'listening');
  const program = at('../../../clients/testkit/gateway.mjs');
  const gateway = spawn(process.execPath, [program, '--webhook-url', `http://127.0.0.1:${between.address().port}/`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(gateway.stdout), 'line');
  kit = JSON.parse(line);
  const port = await freePort();
  shop = `http://127.0.0.1:${port}`;
  env = {
    ...process.env,
    GATEWAY: kit.proxy,
    API_KEY: kit.api_key,
    API_SECRET: kit.api_secret,
    SHOP_URL: shop,
    SHOP_DATABASE: join(folder, 'shop.sqlite'),
    PHP_CLI_SERVER_WORKERS: '6',
  };
  const options = ['-d', 'error_reporting=-1', '-d', 'display_errors=stderr', '-S', `127.0.0.1:${port}`];
  // A group of its own, since the workers do not end with the server.
  const server = spawn('php', [...options, at('../shop.php')], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  programs = [gateway, server];
  let log = '';
  await new Promise((resolve) => {
    server.stderr.setEncoding('utf8').on('data', (text) => {
      log += text;
      if (log.includes('started')) resolve();
    });
  });
  server.log = () => log;
});

after(async () => {
  const [gateway, server] = programs;
  gateway.stdin.end();
  process.kill(-server.pid, 'SIGTERM');
  await Promise.all(programs.map((program) => once(program, 'close')));
  assert.doesNotMatch(server.log(), /Warning|Notice|Deprecated|Fatal/);
  rmSync(folder, { recursive: true });
});

async function freePort() {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const sign = (body) => createHmac('sha256', kit.api_secret).update(body).digest('hex');

async function post(body, signature) {
  const headers = signature === undefined ? {} : { 'X-Signature': signature };
  return (await fetch(`${shop}/webhook`, { method: 'POST', headers, body })).status;
}

async function call(path, fields) {
  const body = JSON.stringify(fields);
  const headers = { 'Content-Type': 'application/json', 'X-API-Key': kit.api_key, 'X-Signature': sign(body) };
  const answer = await (await fetch(kit.gateway + path, { method: 'POST', headers, body })).json();
  assert.ok(answer.ok, JSON.stringify(answer));
  return answer;
}

async function get(path) {
  const answer = await fetch(kit.gateway + path, { headers: { 'X-API-Key': kit.api_key, 'X-Signature': sign('') } });
  return answer.json();
}

const report = async () => JSON.parse((await run('php', [at('../report.php')], { env })).stdout);
const reconcile = async () => (await run('php', [at('../reconcile.php')], { env })).stdout.trim();

/** Buys something: the payment's ID, and the order as the shop has it. */
async function buy() {
  const answer = await fetch(`${shop}/buy`, { method: 'POST', redirect: 'manual' });
  assert.equal(answer.status, 303, await answer.text());
  const id = new URL(answer.headers.get('location')).searchParams.get('id');
  const payment = (await report()).payments.find((one) => one.payment_id === id);
  return { id, order: payment.shop_order, orderId: payment.order_id };
}

async function state({ order }) {
  const page = await (await fetch(`${shop}/return?order=${order}`)).text();
  assert.equal(page, await (await fetch(`${shop}/order?id=${order}`)).text());
  return /<h1>(.*)<\/h1>/.exec(page)[1];
}

const deliveries = async ({ order }) => (await report()).deliveries.filter((one) => one.shop_order === order).length;
const attention = async ({ id }) =>
  (await report()).attention.filter(({ about }) => about.includes(id)).map(({ reason }) => reason);

/** The webhook of a payment, once it has come and was handed on. */
async function webhook({ id }) {
  for (;;) {
    const found = told.find(({ body }) => String(body.payment_id) === id);
    if (found) return found;
    await new Promise((resolve) => (tell = resolve));
  }
}

const settle = async (payment, status) => {
  let found;
  do found = (await get(`/api/payment-status.php?payment_id=${payment.id}`)).payment.status;
  while (found !== status);
};

test('a payment is booked once, however often and at once its webhook comes', async () => {
  way = { times: 6 };
  const payment = await buy();
  assert.equal(await state(payment), 'Not paid yet');
  await call('/api/v1/test/pay', { payment_id: payment.id, case: 'exact' });
  assert.deepEqual((await webhook(payment)).statuses, [200, 200, 200, 200, 200, 200]);
  assert.equal(await state(payment), 'Paid');
  assert.equal(await deliveries(payment), 1);
  assert.deepEqual(await attention(payment), []);
  assert.equal(await reconcile(), '0 booked');
  assert.equal(await deliveries(payment), 1);
  // A paid order is paid for once.
  const again = await fetch(`${shop}/pay?id=${payment.order}`, { method: 'POST', redirect: 'manual' });
  assert.equal(again.headers.get('location'), `/order?id=${payment.order}`);
});

test('a second click leads to the same payment', async () => {
  const payment = await buy();
  const answers = await Promise.all(
    [1, 2, 3].map(() => fetch(`${shop}/pay?id=${payment.order}`, { method: 'POST', redirect: 'manual' })),
  );
  for (const answer of answers) assert.match(answer.headers.get('location'), new RegExp(`id=${payment.id}$`));
});

test('what was paid while the shop was down is booked by the reconciliation', async () => {
  way = { isDown: true };
  const payment = await buy();
  await call('/api/v1/test/pay', { payment_id: payment.id, case: 'exact' });
  await webhook(payment);
  assert.equal(await state(payment), 'Not paid yet');
  assert.equal(await reconcile(), '1 booked');
  assert.equal(await state(payment), 'Paid');
  assert.equal(await deliveries(payment), 1);
  assert.equal(await reconcile(), '0 booked');
  // At last it comes.
  const { body } = await webhook(payment);
  const late = JSON.stringify(body);
  assert.equal(await post(late, sign(late)), 200);
  assert.equal(await deliveries(payment), 1);
});

test('a wrong signature is refused, and changes nothing', async () => {
  way = { isDown: true };
  const payment = await buy();
  const body = JSON.stringify({
    payment_id: Number(payment.id),
    order_id: payment.orderId,
    status: 'paid',
    amount: '50.00',
    currency: 'USDT',
    network: 'TRC20',
  });
  for (const signature of [undefined, '', '0'.repeat(64), sign(`${body} `), 'é', `sha256=${sign(body)}`]) {
    assert.equal(await post(body, signature), 401);
  }
  assert.equal(await state(payment), 'Not paid yet');
  assert.deepEqual(await attention(payment), []);
  // Nothing but the signature was wrong.
  assert.equal(await post(body, sign(body)), 200);
  assert.equal(await state(payment), 'Paid');
});

test('another amount is not booked, and written down', async () => {
  way = { times: 1 };
  const payment = await buy();
  await call('/api/v1/test/pay', { payment_id: payment.id, case: 'less' });
  let reviews;
  do ({ reviews } = await get('/api/v1/reviews'));
  while (reviews.length === 0);
  const [{ review_id }] = reviews;
  const accepted = { review_id, payment_id: payment.id, by: 'owner', note: 'agreed', anyway: true };
  await call(`/api/v1/reviews/${encodeURIComponent(review_id)}/accept`, accepted);
  assert.deepEqual((await webhook(payment)).statuses, [200]);
  assert.equal(await state(payment), 'We look at it');
  assert.equal(await deliveries(payment), 0);
  assert.deepEqual(await attention(payment), ['another received_amount']);
  assert.equal(await reconcile(), '0 booked');
  assert.deepEqual(await attention(payment), ['another received_amount']);
});

test('a payment that nobody knows is written down', async () => {
  const stranger = { id: '7777777777777777' };
  const body = `{"payment_id":${stranger.id},"order_id":"none","status":"paid","amount":"50.00"}`;
  assert.equal(await post(body, sign(body)), 200);
  assert.deepEqual(await attention(stranger), ['a payment that is not known']);
  assert.equal(await post('{"type":"test"}', sign('{"type":"test"}')), 200);
});

test('an expired payment can be paid for anew, and the old one late', async () => {
  way = { times: 1 };
  const payment = await buy();
  await call('/api/v1/test/time', { seconds: 3600 });
  await settle(payment, 'expired');
  await reconcile();
  assert.equal(await state(payment), 'Expired');
  const again = await fetch(`${shop}/pay?id=${payment.order}`, { method: 'POST', redirect: 'manual' });
  const second = { ...payment, id: new URL(again.headers.get('location')).searchParams.get('id') };
  assert.notEqual(second.id, payment.id);
  await call('/api/v1/test/pay', { payment_id: second.id, case: 'exact' });
  await webhook(second);
  assert.equal(await state(payment), 'Paid');
  await call('/api/v1/test/pay', { payment_id: payment.id, case: 'exact' });
  await webhook(payment);
  assert.equal(await deliveries(payment), 1);
  assert.deepEqual(await attention(payment), ['an order that was paid before']);
});

test('a create whose answer is lost is found again', async () => {
  const faults = Array.from({ length: 3 }, () => 'cut-answer');
  await fetch(`${kit.proxy}/_faults`, { method: 'POST', body: JSON.stringify({ faults }) });
  const lost = await fetch(`${shop}/buy`, { method: 'POST', redirect: 'manual' });
  assert.equal(lost.status, 503);
  const [, order] = /\/pay\?id=([0-9a-f]+)/.exec(await lost.text());
  await reconcile();
  const { payment_id: id } = (await report()).payments.find((one) => one.shop_order === order);
  const again = await fetch(`${shop}/pay?id=${order}`, { method: 'POST', redirect: 'manual' });
  assert.match(again.headers.get('location'), new RegExp(`id=${id}$`));
});

test('what is no order is none', async () => {
  for (const path of ['/order', '/order?id=x', '/return?order[]=x', '/none']) {
    assert.equal((await fetch(shop + path)).status, 404, path);
  }
  assert.equal((await fetch(`${shop}/`)).status, 200);
});
