// What every client must say, in all builds.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { BUILDS } from './builds.mjs';

const VECTORS = JSON.parse(readFileSync(new URL('../../vectors.json', import.meta.url), 'utf8'));
const ORIGIN = 'https://pay.example.com';
const PAYMENT_ID = '6070472267431395';
const camel = (name) => name.replace(/_./g, (two) => two[1].toUpperCase());
const expected = ({ order_id, amount, payment_id }) => ({
  orderId: order_id,
  amount,
  paymentId: payment_id,
});

/** A transport that answers what it is given, and keeps what it was asked. */
function transport(...answers) {
  const asked = [];
  return {
    asked,
    send: async (request) => {
      asked.push(request);
      const answer = answers.shift();
      if (answer === 'connection') throw new Error('refused');
      return answer;
    },
  };
}

/** Time that passes by sleeping only. */
function standing() {
  let now = 0;
  const pauses = [];
  return {
    pauses,
    now: () => now,
    sleep: async (duration) => {
      pauses.push(duration);
      now += duration;
    },
  };
}

const bytes = (text) => new TextEncoder().encode(text);
const NOT_FOUND = { ok: false, error: 'Payment not found', code: 'payment_not_found' };
const json = (status, body, headers = {}) => ({
  status,
  headers,
  body: bytes(JSON.stringify(body)),
});

for (const [build, library] of Object.entries(BUILDS)) {
  const { Client, Webhook } = library;

  test(`${build}: bodies and queries are signed`, async () => {
    for (const { name, secret, body, signature } of VECTORS.signatures) {
      const event = { type: 'unknown' };
      const headers = { 'X-Signature': signature };
      const outcome = (async () => new Webhook(secret).verify(body, headers))();
      // What is signed well and no JSON is refused for that alone.
      const found = await outcome.catch((error) => ({ type: error.reason }));
      assert.equal(found.type, body.startsWith('{') ? event.type : 'malformed_body', name);
    }
    for (const { secret, query, signature } of VECTORS.queries) {
      const way = transport(json(404, NOT_FOUND));
      const client = new Client(ORIGIN, 'pk_test_1', secret, { transport: way.send });
      const parameters = Object.fromEntries(new URLSearchParams(query));
      await assert.rejects(
        client.request('GET', '/any', { query: parameters }),
        library.NotFoundError,
      );
      assert.equal(way.asked[0].url, `${ORIGIN}/any?${query}`);
      assert.equal(way.asked[0].headers['X-Signature'], signature);
    }
    const way = transport(json(404, NOT_FOUND));
    const { secret, body, signature } = VECTORS.signatures.find((one) =>
      one.body.includes('ORDER_12345'),
    );
    const client = new Client(ORIGIN, 'pk_test_1', secret, { transport: way.send });
    await assert.rejects(
      client.request('POST', '/any', { body: JSON.parse(body) }),
      library.NotFoundError,
    );
    assert.deepEqual(way.asked[0].body, bytes(body));
    assert.equal(way.asked[0].headers['X-Signature'], signature);
  });

  test(`${build}: webhooks are accepted or refused`, async () => {
    for (const {
      name,
      secrets,
      headers,
      body,
      body_base64,
      now,
      accepted,
      refused,
    } of VECTORS.webhooks) {
      const webhook = new Webhook(secrets, { clock: { now: () => now * 1000 } });
      const raw = body ?? Buffer.from(body_base64, 'base64');
      const shapes = [headers, Object.entries(headers), new Map(Object.entries(headers))];
      for (const shape of shapes) {
        if (refused) {
          await assert.rejects(
            async () => webhook.verify(raw, shape),
            (error) => error instanceof library.SignatureError && error.reason === refused,
            name,
          );
          continue;
        }
        const event = await webhook.verify(raw, shape);
        for (const [field, value] of Object.entries(accepted)) {
          assert.equal(event[camel(field)], value, `${name}: ${field}`);
        }
        assert.deepEqual(event.raw, JSON.parse(body), name);
      }
      // Bytes of any kind are the same body.
      const buffer = Buffer.from(raw);
      const view = new Uint8Array(buffer);
      const outcomes = await Promise.all(
        [buffer, view, view.buffer].map(async (one) => {
          try {
            return (await webhook.verify(one, headers)).type;
          } catch (error) {
            return error.reason;
          }
        }),
      );
      assert.deepEqual(outcomes, Array(3).fill(refused ?? accepted.type), name);
    }
  });

  test(`${build}: amounts are compared exactly`, async () => {
    const { equal, different, malformed } = VECTORS.amounts;
    for (const [left, right] of equal)
      assert.equal(library.compareAmounts(left, right), 0, `${left} ${right}`);
    for (const [left, right] of different) {
      const order = library.compareAmounts(left, right);
      assert.notEqual(order, 0, `${left} ${right}`);
      assert.equal(library.compareAmounts(right, left), -order);
    }
    const client = new Client(ORIGIN, 'pk_test_1', 'sk_test_1', { transport: transport().send });
    for (const amount of [
      ...malformed,
      50,
      50.5,
      50n,
      null,
      undefined,
      ['50'],
      { toString: () => '50' },
    ]) {
      assert.throws(() => library.compareAmounts(amount, '50'), library.InvalidArgument);
      await assert.rejects(client.createPayment({ orderId: '1', amount }), library.InvalidArgument);
    }
  });

  test(`${build}: what differs from the order is named`, async () => {
    for (const { name, body, expected: stored, differs } of VECTORS.matches) {
      const text = JSON.stringify(body);
      const headers = await signed(library, text);
      const event = await new Webhook('sk_test_1').verify(text, headers);
      assert.deepEqual(event.differences(expected(stored)).sort(), [...differs].sort(), name);
      assert.equal(event.matches(expected(stored)), differs.length === 0, name);
      for (const paymentId of [Number(stored.payment_id), BigInt(stored.payment_id)]) {
        assert.equal(event.matches({ ...expected(stored), paymentId }), differs.length === 0, name);
      }
      for (const missing of ['orderId', 'amount', 'paymentId']) {
        const part = { ...expected(stored), [missing]: undefined };
        assert.throws(() => event.matches(part), library.InvalidArgument);
      }
    }
  });

  test(`${build}: answers become payments or errors`, async () => {
    for (const { name, status, headers, body, payment, error } of VECTORS.answers) {
      const found = VECTORS.answers.find((one) => one.name === name);
      const answer = { status, headers, body: bytes(body) };
      const way = transport(answer, answer, answer);
      const options = { transport: way.send, clock: standing() };
      const client = new Client(ORIGIN, 'pk_test_1', 'sk_test_1', options);
      if (payment) {
        const got = await client.getPayment(PAYMENT_ID);
        assert.equal(got.paymentId, payment.payment_id, name);
        assert.equal(got.status, payment.status, name);
        assert.equal(got.isPaid, payment.is_paid, name);
        assert.deepEqual(got.raw, JSON.parse(body).payment, name);
        assert.equal(got.expiresAt.toISOString(), '2026-07-01T18:30:00.000Z');
        continue;
      }
      await assert.rejects(client.getPayment(PAYMENT_ID), (thrown) => {
        assert.equal(thrown.constructor, library[error], name);
        assert.equal(thrown.name, error, name);
        assert.ok(thrown instanceof library.UsdtError && thrown instanceof Error, name);
        if ('code' in found) assert.equal(thrown.code, found.code, name);
        if ('message' in found) assert.equal(thrown.message, found.message, name);
        if ('hint' in found) assert.equal(thrown.hint, found.hint, name);
        if ('retry_after' in found) assert.equal(thrown.retryAfter, found.retry_after, name);
        assert.equal(thrown.requestId, headers['x-request-id'] ?? null, name);
        return true;
      });
    }
  });

  test(`${build}: calls are repeated where it is safe`, async () => {
    const payment = JSON.parse(VECTORS.answers[0].body).payment;
    for (const {
      name,
      call,
      answers,
      retry_after,
      attempts,
      waits_at_least,
      error,
    } of VECTORS.retries) {
      const given = answers.map((answer) => {
        if (answer === 'connection') return answer;
        if (answer === 200) return json(200, { ok: true, payment, timeline: [] });
        const headers = retry_after ? { 'retry-after': String(retry_after) } : {};
        return json(answer, { ok: false, error: 'Message', code: 'code' }, headers);
      });
      const way = transport(...given);
      const clock = standing();
      const client = new Client(ORIGIN, 'pk_test_1', 'sk_test_1', { transport: way.send, clock });
      const calls = {
        get: () => client.getPayment(PAYMENT_ID),
        create: () => client.createPayment({ orderId: payment.order_id, amount: '50' }),
        cancel: () => client.cancelPayment(PAYMENT_ID),
        'cancel with Idempotency-Key': () =>
          client.cancelPayment(PAYMENT_ID, { idempotencyKey: 'once' }),
      };
      if (error) await assert.rejects(calls[call](), library[error], name);
      else await calls[call]();
      assert.equal(way.asked.length, attempts, name);
      for (const { headers, body, url, method } of way.asked) {
        const [first] = way.asked;
        assert.deepEqual(
          [headers, body, url, method],
          [first.headers, first.body, first.url, first.method],
          name,
        );
      }
      const waited = clock.pauses.reduce((sum, one) => sum + one, 0);
      assert.ok(waited >= (waits_at_least ?? 0) * 1000 && waited < 20_000, name);
      assert.equal(clock.pauses.length, attempts - 1, name);
    }
  });

  test(`${build}: gateways are origins`, () => {
    for (const { gateway, api_key, origin, refused } of VECTORS.gateways) {
      const make = () => new Client(gateway, api_key, 'sk_1');
      if (refused) assert.throws(make, library.InvalidArgument, JSON.stringify(gateway));
      else assert.equal(make().toJSON().gateway, origin);
    }
  });
}

async function signed(library, body) {
  let signature;
  const send = async ({ headers }) => {
    signature = headers['X-Signature'];
    return json(404, NOT_FOUND);
  };
  const client = new library.Client(ORIGIN, 'pk_test_1', 'sk_test_1', { transport: send });
  await assert.rejects(client.request('POST', '/any', { body: JSON.parse(body) }));
  return { 'X-Signature': signature };
}
