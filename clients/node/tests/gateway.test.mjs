// Every call, against a real gateway, in all builds.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { BUILDS } from './builds.mjs';
import { connect, startKit, startReceiver, until } from './kit.mjs';

async function all(rows) {
  const found = [];
  for await (const row of rows) found.push(row);
  return found;
}

for (const [build, library] of Object.entries(BUILDS)) {
  test(`${build}: a payment from its order to its webhook`, async (t) => {
    const receiver = await startReceiver(t);
    const kit = await startKit(t, ['--webhook-url', receiver.url]);
    const { client } = connect(library, kit);
    const orderId = `shop1-Größe 7/+&=?#-${randomUUID()}`;
    const created = await client.createPayment({
      orderId,
      amount: '50.00',
      description: 'A "text" of ü and 🛒',
      metadata: { cart: '7' },
      successUrl: 'http://shop.example/thanks?id=1',
      failUrl: undefined,
    });
    const expected = { orderId, amount: '50', paymentId: created.paymentId };
    assert.deepEqual(created.differences(expected), []);
    assert.deepEqual(
      [created.status, created.isPaid, created.metadata, created.failUrl, created.late],
      ['pending', false, { cart: '7' }, null, false],
    );
    assert.equal(created.expiresAt - created.serverTime > 60_000, true);
    assert.equal((await client.getPayment(Number(created.paymentId))).orderId, orderId);
    assert.equal((await client.getPaymentByOrder(orderId)).paymentId, created.paymentId);
    assert.equal(
      (await client.createPayment({ orderId, amount: '50' })).paymentId,
      created.paymentId,
    );
    await assert.rejects(client.createPayment({ orderId, amount: '51' }), (error) => {
      assert.ok(error instanceof library.OrderConflictError);
      assert.deepEqual([error.code, error.status], ['order_id_conflict', 409]);
      assert.match(error.requestId, /^[0-9a-f]{32}$/);
      return true;
    });

    const waiting = client.waitForChange(created, 25);
    const { txids, amount } = await client.testPay(created.paymentId);
    assert.equal(amount, created.payAmount);
    assert.ok((await waiting).version > created.version);
    const paid = await until(client, created, (payment) => payment.isPaid);
    assert.deepEqual([paid.txid, paid.receivedAmount], [txids[0], created.payAmount]);
    assert.deepEqual(paid.differences(expected), []);

    const { headers, body } = await receiver.find((event) => event.order_id === orderId);
    const webhook = new library.Webhook(['sk_other', kit.api_secret]);
    const event = await webhook.verify(body, headers);
    assert.deepEqual(
      [event.type, event.isPaid, event.differences(expected)],
      ['payment.paid', true, []],
    );
    assert.equal(event.paidAt.getTime(), paid.paidAt.getTime());
    assert.equal((await client.verifyWebhook(body, headers)).isPaid, true);
    for (const [raw, more] of [
      [`${body} `, {}],
      [body, { 'webhook-id': 'evt_other' }],
      [body, { 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) }],
    ]) {
      await assert.rejects(
        async () => webhook.verify(raw, { ...headers, ...more }),
        library.SignatureError,
      );
    }
    const other = new library.Webhook('sk_other');
    await assert.rejects(async () => other.verify(body, headers), library.SignatureError);

    // The gateway writes a delivery down after the receiver has answered.
    let steps;
    do steps = (await client.retrieve(created.paymentId)).timeline.map(({ what }) => what);
    while (steps.length < 3);
    assert.deepEqual(steps, ['created', 'credited', 'webhook_delivered']);
    const events = await all(
      client.listEvents({ paymentId: created.paymentId, type: 'payment.paid' }),
    );
    assert.equal(events.length, 1);
    const whole = await client.getEvent(events[0].eventId);
    assert.equal(whole.body, body.toString());
    assert.equal(whole.deliveries[0].delivered, true);
    assert.equal((await client.resendEvent(whole.eventId, { by: 'test' })).eventId, whole.eventId);
    await assert.rejects(client.getEvent('evt_none'), library.NotFoundError);
    await assert.rejects(client.getEvent('..'), library.InvalidArgument);
  });

  test(`${build}: lists, cancels, reviews, project`, async (t) => {
    const receiver = await startReceiver(t);
    const kit = await startKit(t, ['--webhook-url', receiver.url]);
    const { client } = connect(library, kit);
    const prefix = randomUUID();
    for (const number of [1, 2, 3, 4, 5]) {
      await client.createPayment({ orderId: `${prefix}-${number}`, amount: '7.25' });
    }
    await kit.forget();
    const listed = await all(
      connect(library, kit, { through: kit.proxy }).client.listPayments({
        amount: '7.25',
        limit: 2,
      }),
    );
    assert.deepEqual(
      listed.map(({ orderId }) => orderId),
      [5, 4, 3, 2, 1].map((number) => `${prefix}-${number}`),
    );
    assert.ok(listed[0].createdAt instanceof Date);
    assert.equal((await kit.requests()).length, 3, 'a request for each page');
    await kit.forget();
    for await (const _ of connect(library, kit, { through: kit.proxy }).client.listPayments({
      limit: 2,
    }))
      break;
    assert.equal((await kit.requests()).length, 1, 'no page that nobody asked for');
    const dated = client.listPayments({
      createdFrom: new Date(0),
      createdTo: new Date(1000),
      status: 'paid',
    });
    assert.deepEqual(await all(dated), []);

    const [last, short] = listed;
    const { payment, timeline } = await client.cancelPayment(last.paymentId, {
      by: 'cart',
      note: 'abandoned',
    });
    assert.equal(payment.status, 'failed');
    assert.equal(payment.isPaid, false);
    assert.equal(timeline.at(-1).what, 'cancelled');

    await client.updateProject({
      events: ['payment.review', 'payment.seen', 'payment.expired'],
      by: 'test',
    });
    await client.testPay(short.paymentId, { case: 'less' });
    const told = await receiver.find((event) => event.type === 'payment.review');
    const event = await client.verifyWebhook(told.body, told.headers);
    assert.deepEqual([event.isPaid, event.transfer.amount], [false, event.raw.transfer.amount]);
    const [waiting] = await all(client.listReviews({ limit: 1 }));
    assert.equal(waiting.reviewId, event.reviewId);
    assert.equal(
      (await client.dismissReview(waiting.reviewId, { by: 'maria', note: 'not ours' })).state,
      'dismissed',
    );
    const accepted = await client.acceptReview(waiting.reviewId, {
      paymentId: short.paymentId,
      by: 'maria',
      note: 'agreed with the payer',
      anyway: true,
    });
    assert.deepEqual([accepted.result, accepted.payment.isPaid], ['paid', true]);
    const stored = { orderId: short.orderId, amount: '7.25', paymentId: short.paymentId };
    assert.deepEqual(accepted.payment.differences(stored), ['received_amount']);

    const project = await client.project();
    assert.deepEqual([project.mode, project.events.length], ['test', 3]);
    assert.deepEqual(project.priceCurrencies, ['EUR', 'USD']);
    assert.deepEqual((await client.updateProject({ events: [] })).events, []);
    const tried = await client.sendTestWebhook();
    assert.deepEqual([tried.delivered, tried.httpStatus], [true, 200]);
    const test = await receiver.find((body) => body.type === 'test');
    const seen = await client.verifyWebhook(test.body, test.headers);
    assert.deepEqual([seen.type, seen.isPaid], ['test', false]);

    const ahead = await client.testTime(30);
    assert.equal(ahead.blocks, 10);
    const ping = await client.ping();
    assert.deepEqual([ping.ok, ping.mode, ping.error], [true, 'test', null]);
    assert.ok(ping.missing.some(({ code }) => code === 'test_mode'));
    assert.ok(ping.clockDifference <= -30, 'the gateway is ahead');
    const wrong = new library.Client(kit.gateway, kit.api_key, 'sk_test_wrong');
    const refused = await wrong.ping();
    assert.deepEqual([refused.ok, refused.error.code], [false, 'invalid_signature']);
    const unknown = new library.Client(kit.gateway, 'pk_test_unknown', kit.api_secret);
    assert.equal((await unknown.ping()).error.code, 'invalid_api_key');
    await assert.rejects(unknown.getPayment(1), library.AuthenticationError);
    await assert.rejects(client.getPayment(1), library.NotFoundError);
    await assert.rejects(client.getPaymentByOrder('none'), library.NotFoundError);
    const refusedAmount = client.createPayment({ orderId: 'x', amount: '0' });
    await assert.rejects(
      refusedAmount,
      (error) =>
        error instanceof library.InvalidRequestError && error.code === 'amount_not_positive',
    );
    const answer = await client.request('GET', '/api/v1/payments', { query: { limit: 1 } });
    assert.equal(answer.payments.length, 1);
  });
}
