// The scenarios that go the same way on every platform in PHP.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { until } from '../../testkit/gateway.mjs';
import { scenario } from '../../testkit/scenario.mjs';
import { Browser, paidEvent } from './double.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 5);
const AT_ONCE = 6;

/**
 * `shop()` is the double; `buy(options)` makes an order that waits, with `buyer`, `id`, `row` and `paymentId`;
 * `order(id)` is how it stands, with `status`, `completed`, `transactions`, `notes` and `rows`; `set(changes)` saves
 * the settings; `states` are those of an order: `waiting`, `paid` and `held`; `act(name)` presses a button of the
 * settings, `settings()` is their page, and `tab(id)` what stands beside an order.
 */
export function commonScenarios({ shop, buy, order, set, states, act, settings, tab, admin }) {
  scenario(`2: six webhooks at once complete an order once, ${ROUNDS} rounds`, async () => {
    try {
      for (let round = 1; round <= ROUNDS; round++) {
        const { id, paymentId } = await buy();
        shop().gateway.way = { times: AT_ONCE };
        const { statuses } = await shop().pay(paymentId);
        assert.equal(statuses.length, AT_ONCE);
        assert.ok(statuses.every((status) => status === 200 || status === 503), String(statuses));
        const paid = await order(id);
        assert.equal(paid.status, states.paid);
        assert.equal(paid.completed, 1, `round ${round}`);
        assert.equal(paid.transactions.length, 1);
        assert.equal(paid.rows[0].state, 'booked');
      }
    } finally {
      shop().gateway.way = { times: 1 };
    }
  });

  scenario(`3: webhooks and the payer's return at once complete an order once, ${ROUNDS} rounds`, async () => {
    for (let round = 1; round <= ROUNDS; round++) {
      const { buyer, id, row, paymentId } = await buy();
      const raw = await shop().payUnheard(paymentId);
      const visits = [0, 1, 2].map(() => buyer.comeBack(row.token));
      const posts = [0, 1, 2].map(() => shop().post(raw));
      await Promise.all([...visits, ...posts]);
      const paid = await order(id);
      assert.equal(paid.status, states.paid);
      assert.equal(paid.completed, 1, `round ${round}`);
      assert.equal(paid.transactions.length, 1);
    }
  });

  scenario('4: a wrong signature changes nothing', async () => {
    const { id, row } = await buy();
    const body = JSON.stringify(paidEvent(row));
    const good = shop().gateway.sign(body);
    const bad = [{}, { 'x-signature': '' }, { 'x-signature': '0'.repeat(64) }, { 'x-signature': good.slice(1) }];
    bad.push({ 'x-signature': `sha256=${good}` }, { 'x-signature': Buffer.from(`é${good.slice(1)}`).toString('latin1') });
    for (const headers of bad) assert.equal(await shop().post(body, headers), 401, JSON.stringify(headers));
    assert.equal(await shop().post(`${body} `, { 'x-signature': good }), 401);
    assert.equal((await order(id)).status, states.waiting);
    assert.equal(await shop().post(body, { 'x-signature': good.toUpperCase() }), 200);
    assert.equal((await order(id)).status, states.paid);
  });

  for (const [name, changes] of Object.entries({
    amount: { amount: '0.01' },
    order: { order_id: 'other-1-1' },
    currency: { currency: 'USDC' },
    network: { network: 'ERC20' },
  })) {
    scenario(`5: another ${name} than was asked for completes no order`, async () => {
      const { id, row } = await buy();
      assert.equal(await shop().postPaid(row, changes), 200);
      assert.equal(await shop().postPaid(row, changes), 200);
      const left = await order(id);
      assert.equal(left.status, states.waiting);
      assert.equal(left.completed, 0);
      assert.equal(left.rows[0].state, 'attention');
      assert.equal(left.notes.filter((note) => note.includes('differs')).length, 1);
    });
  }

  scenario('5: less than was due waits for a person, but for the tolerance', async () => {
    const short = await buy();
    assert.equal(await shop().postPaid(short.row, { received_amount: '6.10' }), 200);
    const held = await order(short.id);
    assert.equal(held.status, states.held);
    assert.equal(held.completed, 0);
    assert.equal(held.rows[0].state, 'attention');
    await set({ tolerance: '0.1' });
    const tolerated = await buy();
    assert.equal(await shop().postPaid(tolerated.row, { received_amount: '6.10' }), 200);
    assert.equal((await order(tolerated.id)).status, states.paid);
    await set();
  });

  scenario('6: money for an order of somebody else is written down once', async () => {
    const row = { payment_id: '4711', reference: 'elsewhere-7-1', amount: '5.00' };
    const mails = () => shop().mailed().split('elsewhere-7-1').length - 1;
    assert.equal(await shop().postPaid(row), 200);
    assert.equal(mails(), 1, 'the owner gets a mail');
    assert.equal(await shop().postPaid(row), 200);
    assert.equal(mails(), 1);
    const rows = await shop().paymentsOf(0);
    assert.deepEqual(rows.map((one) => [one.payment_id, one.state]), [['4711', 'attention']]);
  });

  scenario('13: an earlier payment pays nothing where another took its place, and is not lost', async () => {
    const { id, row, paymentId } = await buy();
    await shop().sql(
      `INSERT INTO ${shop().payments} (reference, token, order_id, attempt, price_amount, price_currency, state, created_at, check_at)
        VALUES (?, ?, ?, 2, '9.99', 'USD', 'waiting', 0, 0)`,
      row.reference.replace(/1$/, '2'),
      `t${paymentId}`,
      id,
    );
    assert.deepEqual((await shop().pay(paymentId)).statuses, [200]);
    const left = await order(id);
    assert.equal(left.status, states.waiting);
    assert.equal(left.rows[0].state, 'attention');
    assert.ok(left.notes.some((note) => note.includes('earlier attempt')));
    await shop().sql(`DELETE FROM ${shop().payments} WHERE token = ?`, `t${paymentId}`);
  });

  scenario('14: what was paid while the shop was down is found by the regular check, once', async () => {
    const { id, paymentId } = await buy();
    await shop().payUnheard(paymentId);
    assert.equal((await order(id)).status, states.waiting);
    await Promise.all([1, 2, 3].map(() => shop().runCheck()));
    await shop().runCheck();
    const paid = await order(id);
    assert.equal(paid.status, states.paid);
    assert.equal(paid.completed, 1);
  });

  scenario('14: a payment whose creation was never answered is found', async () => {
    const { id, row, paymentId } = await buy();
    const raw = await shop().payUnheard(paymentId);
    await shop().sql(
      `UPDATE ${shop().payments} SET payment_id = NULL, payment_url = NULL, amount = NULL, expires_at = NULL WHERE order_id = ?`,
      id,
    );
    assert.equal(await shop().post(raw), 200);
    const paid = await order(id);
    assert.equal(paid.status, states.paid);
    assert.equal(paid.rows[0].payment_id, row.payment_id);
  });

  scenario('15: a copy of the shop stops by itself, and has other payments once it is told to be a copy', async () => {
    const { id, row } = await buy();
    const original = await shop().stateOf('shop');
    const put = (content) => shop().sql(`UPDATE ${shop().state} SET content = ? WHERE name = 'shop'`, JSON.stringify(content));
    await put({ ...original, home: 'original.example' });
    await assert.rejects(buy(), /not offered/);
    assert.equal(await shop().postPaid(row), 503);
    await shop().runCheck();
    const text = await settings();
    assert.match(text, /it was set up for original\.example/);
    assert.equal((await order(id)).status, states.waiting);
    await admin().press(text, 'copy');
    const copy = await shop().stateOf('shop');
    assert.notEqual(copy.name, original.name);
    assert.equal(copy.home, original.home);
    assert.equal((await order(id)).rows[0].state, 'closed');
    assert.equal(await shop().postPaid(row), 200);
    const left = await order(id);
    assert.equal(left.completed, 0);
    assert.ok(left.notes.some((note) => note.includes('copy')));
    const next = await buy();
    assert.ok(next.row.reference.startsWith(copy.name));
    await put({ ...copy, home: 'old.example' });
    await admin().press(await settings(), 'moved');
    assert.deepEqual(await shop().stateOf('shop'), copy);
  });

  test('an ID that the gateway knows already gets another attempt', async () => {
    const { name } = await shop().stateOf('shop');
    const last = (await buy()).id;
    const { payment } = await shop().gateway.api('POST', '/api/create-payment.php', { order_id: `${name}-${last + 1}-1`, amount: '6.20' });
    await shop().gateway.api('POST', '/api/v1/test/pay', { payment_id: payment.payment_id, case: 'exact' });
    await until(async () => (await shop().gateway.status(payment.payment_id)).status === 'paid');
    const { id, row } = await buy();
    assert.equal(id, last + 1);
    assert.match(row.reference, /-2$/);
    assert.equal((await order(id)).status, states.waiting);
  });

  scenario('16: no refund is offered', async () => {
    const { id, paymentId } = await buy();
    await shop().pay(paymentId);
    const text = await tab(id);
    assert.match(text, /A transfer cannot be taken back/);
    assert.ok(!/data-usdt-checkout="[^"]*refund/.test(text));
  });

  scenario('18: nobody learns a secret from the gateway or from the page', async () => {
    const { row, paymentId, secrets } = await buy();
    const open = await fetch(`${shop().gateway.url}/api/payment-status.php?payment_id=${paymentId}`);
    const text = await open.text();
    assert.ok(text.includes(row.token), 'the way back is in it');
    await settings();
    const all = [...secrets, shop().gateway.secret, (await shop().stateOf('cron')).key, 'ann@buyer.example'];
    await shop().pay(paymentId);
    const stranger = new Browser(shop());
    const page = await stranger.comeBack(row.token);
    assert.equal(page.status, 200);
    assert.match(page.text, /Payment received/);
    assert.deepEqual(await stranger.poll(row.token), { state: 'paid' });
    for (const secret of all) for (const seen of [text, page.text, page.landed.text]) assert.ok(!seen.includes(secret));
  });

  test('the page of the return tells how the payment stands, and asks the gateway only now and then', async () => {
    const { buyer, id, row, redirect } = await buy();
    const waiting = await buyer.comeBack(row.token);
    assert.ok(waiting.text.includes(redirect.replaceAll('&', '&amp;')));
    assert.deepEqual(waiting.landed.headers.getSetCookie(), []);
    assert.match(waiting.headers.get('cache-control'), /no-store/);
    const soon = Math.ceil(Date.now() / 1000) + 100;
    await shop().sql(`UPDATE ${shop().payments} SET asked_at = ? WHERE order_id = ?`, soon, id);
    assert.equal((await buyer.poll(row.token)).state, 'waiting');
    assert.equal(Number((await order(id)).rows[0].asked_at), soon);
    for (const token of ['0'.repeat(32), "x'--", ''])
      assert.equal((await buyer.ask(`${shop().backPath(token)}&here=1`)).status, 404);
  });

  test('the secret is never shown, and a wrong one is named', async () => {
    await set({ api_secret: '' });
    assert.ok(!(await settings()).includes(shop().gateway.secret));
    assert.equal((await act('connection')).lines[0][0], true, 'an empty field keeps it');
    await set({ api_secret: 'sk_test_wrong' });
    const { lines } = await act('connection');
    assert.equal(lines[0][0], false);
    assert.match(lines[0][1], /Invalid signature/);
    await set();
  });

  test('the webhook is set and tested by a button', async () => {
    const { events } = (await shop().gateway.api('GET', '/api/v1/project')).project;
    const { lines } = await act('webhook');
    assert.deepEqual(lines.map(([isGood]) => isGood), [true], JSON.stringify(lines));
    const { project } = await shop().gateway.api('GET', '/api/v1/project');
    assert.ok(project.webhook_url.startsWith(shop().url));
    assert.ok(project.events.includes('payment.expired'));
    try {
      const { id, paymentId } = await buy();
      // Straight from the gateway, with all of its headers.
      await shop().gateway.api('POST', '/api/v1/test/pay', { payment_id: Number(paymentId), case: 'exact' });
      await until(async () => (await order(id)).status === states.paid);
    } finally {
      // Other tests say themselves when the shop hears of an end.
      await shop().gateway.api('PATCH', '/api/v1/project', { webhook_url: shop().gateway.webhookUrl, events });
    }
  });

  test('only who may change the method does so, and a person settles what needs one', async () => {
    const { row, id } = await buy();
    await shop().postPaid(row, { amount: '1.00' });
    const text = await settings();
    assert.ok(text.includes(row.payment_id));
    const stranger = new Browser(shop());
    await stranger.press(text, 'settle').catch(() => {});
    assert.equal((await order(id)).rows[0].state, 'attention');
    assert.equal((await stranger.ask(shop().cronPath('0'))).status, 403);
    assert.equal((await admin().press(await tab(id), 'settle')).isDone, true);
    assert.equal((await order(id)).rows[0].state, 'settled');
  });

  test('"Check now" books what was paid', async () => {
    const { id, paymentId } = await buy();
    await shop().payUnheard(paymentId);
    assert.equal((await admin().press(await tab(id), 'check')).isDone, true);
    assert.equal((await order(id)).status, states.paid);
  });
}
