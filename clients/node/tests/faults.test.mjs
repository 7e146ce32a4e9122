// Through a proxy that cuts, delays and lies: each payment is created once, by the same bytes.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { WAYS } from './builds.mjs';
import { connect, startKit } from './kit.mjs';

const REPEATED = [
  '500',
  '502',
  '503',
  '504',
  '429',
  '429:1',
  'html-502',
  'close',
  'cut-request',
  'cut-answer',
  '500-after',
  'close-after',
];
const FINAL = {
  html: 'UnexpectedAnswerError',
  'html-404': 'UnexpectedAnswerError',
  redirect: 'UnexpectedAnswerError',
  huge: 'UnexpectedAnswerError',
  'cut-json': 'UnexpectedAnswerError',
  400: 'InvalidRequestError',
  401: 'AuthenticationError',
  404: 'NotFoundError',
  409: 'OrderConflictError',
  418: 'ApiError',
};
const order = () => ({ orderId: randomUUID(), amount: '50.00' });

async function count(client, orderId) {
  let found = 0;
  for await (const _ of client.listPayments({ orderId })) found += 1;
  return found;
}

/** Each attempt had the same bytes, key and signature. */
function assertSame(requests) {
  const whole = requests.filter(({ body }) => body !== '');
  const named = ({ method, path, headers }) => [
    method,
    path,
    headers['idempotency-key'],
    headers['x-signature'],
  ];
  for (const request of requests) assert.deepEqual(named(request), named(requests[0]));
  for (const request of whole) assert.equal(request.body, whole[0].body);
  assert.match(requests[0].headers['idempotency-key'], /^[\x21-\x7e]{1,255}$/);
  assert.match(requests[0].headers['user-agent'], /^usdt-client-node\/\d+\.\d+\.\d+ shop\/1$/);
}

for (const [way, library] of Object.entries(WAYS)) {
  test(`${way}: a create is repeated, and done once`, async (t) => {
    const kit = await startKit(t);
    const direct = connect(library, kit).client;
    for (const fault of REPEATED) {
      await kit.forget();
      const { client, pauses } = connect(library, kit, { through: kit.proxy, userAgent: 'shop/1' });
      await kit.inject(fault, fault);
      const payment = order();
      const created = await client.createPayment(payment);
      assert.equal(created.orderId, payment.orderId, fault);
      const requests = await kit.requests();
      assert.equal(requests.length, 3, fault);
      assertSame(requests);
      assert.equal(pauses.length, 2, fault);
      if (fault === '429:1') assert.ok(pauses.every((pause) => pause >= 1000));
      assert.equal(await count(direct, payment.orderId), 1, fault);
    }
  });

  test(`${way}: what helps nobody is not repeated`, async (t) => {
    const kit = await startKit(t);
    for (const [fault, error] of Object.entries(FINAL)) {
      await kit.forget();
      const { client } = connect(library, kit, { through: kit.proxy });
      await kit.inject(fault);
      await assert.rejects(
        client.createPayment(order()),
        (thrown) => thrown.constructor === library[error],
        fault,
      );
      const requests = await kit.requests();
      assert.deepEqual(
        requests.map(({ path }) => path),
        ['/api/create-payment.php'],
        fault,
      );
    }
  });

  test(`${way}: it gives up after three attempts, and a new call finds the payment`, async (t) => {
    const kit = await startKit(t);
    const { client } = connect(library, kit, { through: kit.proxy });
    const payment = order();
    for (const [fault, error] of [
      ['close', library.ConnectionError],
      ['cut-answer', library.ConnectionError],
      ['500-after', library.ServerError],
      ['429', library.RateLimitError],
    ]) {
      await kit.forget();
      await kit.inject(fault, fault, fault, fault);
      await assert.rejects(
        client.createPayment(payment),
        (thrown) => thrown.constructor === error,
        fault,
      );
      assert.equal((await kit.requests()).length, 3, fault);
    }
    await kit.forget();
    await client.createPayment(payment);
    assert.equal(await count(client, payment.orderId), 1);
  });

  test(`${way}: a late repeat makes no second payment`, async (t) => {
    const kit = await startKit(t);
    const direct = connect(library, kit).client;
    const payment = order();
    const { client } = connect(library, kit, {
      through: kit.proxy,
      // While it waits, the payment that the first attempt made expires.
      onPause: async () => {
        await direct.testTime(3600);
        let found;
        do found = await direct.getPaymentByOrder(payment.orderId);
        while (found.status === 'pending');
      },
    });
    await kit.inject('cut-answer');
    const created = await client.createPayment(payment);
    assert.equal(await count(direct, payment.orderId), 1);
    assert.equal((await direct.getPayment(created.paymentId)).status, 'expired');
  });

  test(`${way}: what changes something is repeated only with a key`, async (t) => {
    const kit = await startKit(t);
    const { client } = connect(library, kit, { through: kit.proxy });
    const [first, second] = [
      await client.createPayment(order()),
      await client.createPayment(order()),
    ];
    await kit.forget();
    await kit.inject('cut-answer');
    await assert.rejects(client.cancelPayment(first.paymentId), library.ConnectionError);
    assert.equal((await kit.requests()).length, 1);
    await kit.forget();
    await kit.inject('cut-answer', '503');
    const { payment } = await client.cancelPayment(second.paymentId, {
      idempotencyKey: 'cancel-2',
    });
    assert.equal(payment.status, 'failed');
    assert.equal((await kit.requests()).length, 3);
    await kit.forget();
    await kit.inject('close', 'cut-answer');
    assert.equal((await client.getPayment(first.paymentId)).status, 'failed');
    assert.equal((await kit.requests()).length, 3);
  });

  test(`${way}: an answer has its time`, async (t) => {
    const kit = await startKit(t);
    const { client } = connect(library, kit, { through: kit.proxy, timeout: 1000 });
    for (const fault of ['trickle', 'delay:4000', 'delay-after:4000']) {
      await kit.forget();
      const payment = order();
      await kit.inject(fault);
      await client.createPayment(payment);
      assert.equal((await kit.requests()).length, 2, fault);
      assert.equal(await count(client, payment.orderId), 1, fault);
    }
    await kit.inject('trickle', 'trickle', 'trickle');
    await assert.rejects(client.getPayment(1), (error) => {
      assert.ok(error instanceof library.ConnectionError);
      assert.match(error.message, /no whole answer within \d+ ms/);
      return true;
    });
    await kit.forget();
    const held = await client.createPayment(order());
    const { client: patient } = connect(library, kit, { through: kit.proxy, timeout: 1000 });
    assert.equal((await patient.waitForChange(held, 1)).version, held.version);
  });

  test(`${way}: nobody answers`, async (t) => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    server.close();
    const { client, pauses } = connect(library, {
      gateway: `http://127.0.0.1:${port}`,
      api_key: 'pk_test_1',
      api_secret: 'sk_1',
    });
    await assert.rejects(client.getPayment(1), library.ConnectionError);
    assert.equal(pauses.length, 2);
    assert.equal((await client.ping()).error.constructor, library.ConnectionError);
  });
}

test('node: a connection has its time, TLS included', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const sockets = [];
  server.on('connection', (socket) => sockets.push(socket));
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  const gateway = `https://127.0.0.1:${server.address().port}`;
  const { client } = connect(
    WAYS.node,
    { gateway, api_key: 'pk_1', api_secret: 'sk_1' },
    { connectTimeout: 100 },
  );
  await assert.rejects(client.getPayment(1), /no connection within 100 ms/);
});

test('node: a certificate is checked whatever the environment says', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [key, certificate] = ['key.pem', 'certificate.pem'].map((name) => join(folder, name));
  const options =
    '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost';
  execFileSync('openssl', ['req', ...options.split(' '), '-keyout', key, '-out', certificate], {
    stdio: 'ignore',
  });
  let asked = 0;
  const server = createTlsServer(
    { key: readFileSync(key), cert: readFileSync(certificate) },
    () => (asked += 1),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  t.after(() => {
    if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
  });
  const gateway = `https://localhost:${server.address().port}`;
  const { client } = connect(WAYS.node, { gateway, api_key: 'pk_1', api_secret: 'sk_1' });
  await assert.rejects(client.getPayment(1), (error) => {
    assert.ok(error instanceof WAYS.node.ConnectionError);
    assert.match(error.message, /self.signed/);
    return true;
  });
  assert.equal(asked, 0);
});
