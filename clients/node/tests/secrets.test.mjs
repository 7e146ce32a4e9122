// No dump, no error and no copy has the secret or a signature.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { serialize } from 'node:v8';

import { BUILDS } from './builds.mjs';
import { startKit } from './kit.mjs';

const SECRET = 'sk_test_never_to_be_seen';

/** All that a program may write into its log of something. */
function dumps(value) {
  const attempts = [
    () => inspect(value, { showHidden: true, depth: 20, getters: true }),
    () => inspect({ deep: [{ value }] }, { depth: 20, customInspect: false }),
    () => JSON.stringify(value),
    () => JSON.stringify({ ...value }),
    () => String(value),
    () => String(value?.stack),
    () => inspect(Object.getOwnPropertyDescriptors(value)),
    () => serialize(value).toString('latin1'),
    () => inspect(structuredClone(value)),
  ];
  return attempts.map((dump) => {
    try {
      return dump();
    } catch (error) {
      // A copy may be refused.
      return String(error);
    }
  });
}

for (const [build, library] of Object.entries(BUILDS)) {
  test(`${build}: secrets are in no dump`, async (t) => {
    const kit = await startKit(t);
    const client = new library.Client(kit.gateway, kit.api_key, SECRET, {
      webhookSecrets: [SECRET],
    });
    const webhook = new library.Webhook([SECRET]);
    const refused = await client.getPayment(1).catch((error) => error);
    assert.equal(refused.code, 'invalid_signature');
    const cut = new library.Client(kit.proxy, kit.api_key, SECRET);
    await kit.inject('close');
    const unanswered = await cut.cancelPayment(1).catch((error) => error);
    assert.ok(unanswered instanceof library.ConnectionError);
    const body = '{"type":"test"}';
    const unverified = await (async () =>
      webhook.verify(body, { 'X-Signature': '0'.repeat(64) }))().catch((error) => error);
    assert.ok(unverified instanceof library.SignatureError);
    const event = await webhook.verify(body, {
      'X-Signature': createHmac('sha256', SECRET).update(body).digest('hex'),
    });
    const hidden = [
      SECRET,
      Buffer.from(SECRET).toString('hex'),
      Buffer.from(SECRET).toString('base64'),
      createHmac('sha256', SECRET).update(body).digest('hex'),
      createHmac('sha256', SECRET).update('payment_id=1').digest('hex'),
      createHmac('sha256', SECRET).update('{"payment_id":1}').digest('hex'),
    ];
    for (const value of [client, webhook, refused, unanswered, unverified, event]) {
      for (const dump of dumps(value)) {
        for (const secret of hidden) assert.ok(!dump.includes(secret), dump.slice(0, 500));
      }
    }
    assert.equal(JSON.stringify(client), JSON.stringify({ gateway: kit.gateway }));
    assert.match(inspect(client), /^Client \{"gateway":"http:/);
  });

  test(`${build}: what is missing is said at once`, () => {
    const { Client, InvalidArgument, Webhook } = library;
    const gateway = 'https://pay.example.com';
    for (const make of [
      () => new Client(gateway, undefined, 'sk_1'),
      () => new Client(gateway, '', 'sk_1'),
      () => new Client(gateway, 'pk_1\r\nX: y', 'sk_1'),
      () => new Client(gateway, 'pk_1', undefined),
      () => new Client(gateway, 'pk_1', ''),
      () => new Client(gateway, 'pk_1', 'sk_1', { webhookSecrets: [] }),
      () => new Client(gateway, 'pk_1', 'sk_1', { webhookSecrets: ['sk_1', ''] }),
      () => new Client(gateway, 'pk_1', 'sk_1', { userAgent: 'a\nb' }),
      () => new Client(gateway, 'pk_1', 'sk_1', { timeout: 0 }),
      () => new Client(gateway, 'pk_1', 'sk_1', { connectTimeout: Number.NaN }),
      () => new Webhook(undefined),
      () => new Webhook(''),
      () => new Webhook([undefined]),
    ]) {
      assert.throws(make, InvalidArgument);
    }
  });

  test(`${build}: calls that are wrong reach nobody`, async () => {
    const { Client, InvalidArgument } = library;
    const reached = [];
    const transport = async (request) => {
      reached.push(request);
      throw new Error('reached');
    };
    const client = new Client('https://pay.example.com', 'pk_1', 'sk_1', { transport });
    const payment = { orderId: '1', amount: '50.00' };
    for (const call of [
      () => client.createPayment({ ...payment, order_id: '1' }),
      () => client.createPayment({ ...payment, orderId: 1 }),
      () => client.createPayment({ ...payment, priceAmount: '50', priceCurrency: 'EUR' }),
      () => client.createPayment({ orderId: '1', priceAmount: 49.9, priceCurrency: 'EUR' }),
      () => client.createPayment(undefined),
      () => client.createPayment(payment, { idempotencyKey: 'a b' }),
      () => client.createPayment(payment, { idempotencyKey: '' }),
      () => client.getPayment('1/../2'),
      () => client.getPayment(1.5),
      () => client.getPayment(2 ** 53),
      () => client.getPayment(-1),
      () => client.getPayment(undefined),
      () => client.getPaymentByOrder(''),
      () => client.getPaymentByOrder(7),
      () => client.getEvent('.'),
      () => client.resendEvent(''),
      () => client.request('GET', 'api'),
      () => client.request('GET', '//other.example/'),
      () => client.request('GET', '/a?b=1'),
      () => client.request('GET', '/a/../b'),
      () => client.request('GET', '/a/%2e%2E/b'),
      () => client.request('GET', '/a\r\nX: y'),
      () => client.request('GET', '/a', { body: {} }),
      () => client.request('TRACE', '/a'),
      () => client.request('POST', '/a', { body: [] }),
      () => client.listPayments({ createdFrom: new Date(Number.NaN) }).next(),
      () => client.listPayments({ amount: 50 }).next(),
      () => client.waitForChange({ paymentId: '1', version: 1 }, 26),
    ]) {
      await assert.rejects(async () => call(), InvalidArgument, String(call));
    }
    for (const body of [{ type: 'test' }, [], 7, null, undefined, true]) {
      const verify = async () => client.verifyWebhook(body, {});
      await assert.rejects(
        verify,
        (error) => error instanceof InvalidArgument && /raw body/.test(error.message),
      );
    }
    await assert.rejects(async () => client.verifyWebhook('', undefined), InvalidArgument);
    assert.equal(reached.length, 0);
  });
}
