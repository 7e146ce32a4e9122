// The 20 scenarios of a shop, in Medusa on PostgreSQL, with the real gateway on a simulated chain.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';

import { runsOn, scenario } from '../../testkit/scenario.mjs';
import { OTHER_PROVIDER, PROVIDER, Shop, right, until, webhookOf } from './shop.mjs';

const require = createRequire(import.meta.url);
const { version } = require('@medusajs/medusa/package.json');
const { default: provider } = require('usdt-checkout-medusa/providers/usdt-checkout');

const shop = new Shop();

before(async () => {
  await shop.open();
  runsOn({ name: 'Medusa', version, on: 'PostgreSQL', isReal: true, file: 'medusa' });
});

after(() => shop.close());

/** The order that a cart has become: one, paid once, by the payment that is told. */
async function requirePaidOnce(cart, paymentId, txid) {
  const orders = await shop.orders(cart);
  assert.equal(orders.length, 1, 'one order');
  const [order] = orders;
  assert.equal(order.payment_status, 'captured');
  const payments = order.payment_collections.flatMap((collection) => collection.payments);
  assert.equal(payments.length, 1, 'one payment');
  assert.equal(payments[0].captures.length, 1, 'one capture');
  assert.equal(payments[0].data.payment_id, paymentId);
  assert.equal(payments[0].data.txid, txid);
  const row = await shop.row(paymentId);
  assert.equal(row.state, 'booked');
  assert.equal(row.order_id, order.id);
  assert.equal(row.txid, txid);
  return order;
}

/** There is none, nor does the payer get one. */
async function requireNoOrder(cart) {
  const { status, text } = await shop.complete(cart);
  assert.equal(status, 400);
  assert.match(text, /was not authorized/);
  assert.deepEqual(await shop.orders(cart), []);
}

async function requireAttention(paymentId, reason) {
  const row = await shop.row(paymentId);
  assert.equal(row.state, 'attention');
  assert.match(row.reason, reason);
  return row;
}

const paidEvent = ({ payment, paymentId }, changes = {}) =>
  JSON.stringify({
    payment_id: Number(paymentId),
    app_id: 1,
    order_id: payment.reference,
    status: 'paid',
    amount: payment.amount,
    pay_amount: payment.amount,
    currency: 'USDT',
    network: 'TRC20',
    txid: 'f'.repeat(64),
    paid_at: '2026-11-28 12:00:00',
    ...changes,
  });

const stateFor = async (payment) =>
  (await shop.store('GET', `/usdt-checkout/payments/${payment.token}`)).payment.state;

const addOne = (cart) =>
  shop.store('POST', `/carts/${cart.id}/line-items/${cart.items[0].id}`, { quantity: 2 });

scenario('1: a cart becomes an order once it is paid, although the payer never comes back', async () => {
  const { cart, payment, paymentId, product } = await shop.buy();
  assert.equal(payment.amount, '6.20');
  assert.equal(await shop.reserved(product), 0);
  await requireNoOrder(cart);
  const event = await shop.gateway.pay(paymentId);
  assert.deepEqual(event.statuses, [200]);
  const order = await requirePaidOnce(cart, paymentId, event.txid);
  assert.equal(order.total, 6.2);
  assert.equal(await shop.reserved(product), 1);
  assert.equal(await stateFor(payment), 'paid');
  const again = await shop.complete(cart);
  assert.equal(again.body.order.id, order.id);
});

scenario('2: six webhooks at once, at two servers of the shop, complete the cart once', async () => {
  for (let round = 0; round < 3; round++) {
    const { cart, paymentId, product } = await shop.buy({ stock: 1 });
    shop.gateway.way = { isDown: true };
    const { raw, txid } = await shop.gateway.pay(paymentId);
    shop.gateway.way = { times: 1 };
    const post = async (server) => {
      const headers = { 'content-type': 'application/json', 'x-signature': shop.gateway.sign(raw) };
      return (await fetch(webhookOf(server), { method: 'POST', body: raw, headers })).status;
    };
    const { first, second } = shop;
    const statuses = await Promise.all([first, second, first, second, first, second].map(post));
    assert.ok(statuses.includes(200));
    assert.ok(statuses.every((status) => status === 200 || status === 503), statuses.join());
    await requirePaidOnce(cart, paymentId, txid);
    const tries = await shop.database.rows('SELECT 1 FROM order_cart WHERE cart_id = $1', [cart.id]);
    assert.equal(tries.length, 1, 'nor was one placed and taken back');
    assert.equal(await shop.reserved(product), 1);
  }
});

scenario('3: webhooks, the return, and the storefront at once complete the cart once', async () => {
  const { cart, payment, paymentId, product } = await shop.buy({ stock: 1 });
  shop.gateway.way = { isDown: true };
  const { raw, txid } = await shop.gateway.pay(paymentId);
  shop.gateway.way = { times: 1 };
  const [first, second, back, state, completed] = await Promise.all([
    shop.gateway.post(raw),
    shop.gateway.post(raw),
    shop.ask('GET', `/usdt-checkout/return/${payment.token}`),
    stateFor(payment),
    shop.complete(cart),
  ]);
  assert.ok([first, second].every((status) => status === 200 || status === 503), `${first} ${second}`);
  assert.equal(back.status, 303);
  assert.ok(['waiting', 'paid'].includes(state));
  assert.ok([200, 409].includes(completed.status), completed.text);
  await requirePaidOnce(cart, paymentId, txid);
  assert.equal(await shop.reserved(product), 1);
});

scenario('3: a storefront that tries before the money is there keeps nobody from booking it', async () => {
  const { cart, paymentId, product } = await shop.buy({ stock: 1 });
  const { collection } = await shop.row(paymentId);
  const goOn = shop.pauseOrders();
  const trying = shop.complete(cart);
  try {
    await until(async () => {
      const held = await shop.database.rows('SELECT 1 FROM usdt_checkout_lock WHERE name = $1', [collection]);
      return held.length === 1;
    });
  } finally {
    goOn();
  }
  const [{ status }, event] = await Promise.all([trying, shop.gateway.pay(paymentId)]);
  assert.equal(status, 400);
  if (!event.statuses.includes(200)) assert.equal(await shop.gateway.post(event.raw), 200);
  await requirePaidOnce(cart, paymentId, event.txid);
  assert.equal(await shop.reserved(product), 1);
});

scenario('3: the return alone finds what was paid', async () => {
  const { cart, payment, paymentId } = await shop.buy();
  shop.gateway.way = { isDown: true };
  const { txid } = await shop.gateway.pay(paymentId);
  shop.gateway.way = { times: 1 };
  const back = await shop.ask('GET', `/usdt-checkout/return/${payment.token}`);
  assert.equal(back.headers.get('cache-control'), 'no-store');
  await requirePaidOnce(cart, paymentId, txid);
  assert.equal(await stateFor(payment), 'paid');
});

scenario('3: a storefront that only completes the cart gets the order', async () => {
  const { cart, paymentId } = await shop.buy();
  shop.gateway.way = { isDown: true };
  const { txid } = await shop.gateway.pay(paymentId);
  shop.gateway.way = { times: 1 };
  const { body } = await shop.complete(cart);
  assert.equal(body.type, 'order');
  await requirePaidOnce(cart, paymentId, txid);
});

scenario('4: a bad, missing or non-ASCII signature changes nothing', async () => {
  const bought = await shop.buy();
  const body = paidEvent(bought);
  const right = shop.gateway.sign(body);
  const wrong = [
    {},
    { 'x-signature': '' },
    { 'x-signature': 'é'.repeat(64) },
    { 'x-signature': right.slice(0, -1) },
    { 'x-signature': `${right.slice(0, -1)}${right.endsWith('0') ? '1' : '0'}` },
    { 'x-signature': shop.gateway.sign(`${body} `) },
    { 'x-signature': right, 'webhook-signature': 'v1,AAAA', 'webhook-id': '1', 'webhook-timestamp': '1' },
  ];
  for (const headers of wrong) assert.equal(await shop.gateway.post(body, headers), 401, JSON.stringify(headers));
  assert.deepEqual(await shop.orders(bought.cart), []);
  assert.equal((await shop.row(bought.paymentId)).state, 'waiting');
  const other = await shop.ask('POST', '/usdt-checkout/webhook', undefined, { 'content-type': 'text/plain' });
  assert.equal(other.status, 401);
});

scenario('5: another amount, currency, network or order than was asked for completes no cart', async () => {
  for (const [changes, reason] of [
    [{ amount: '6.19' }, /amount/],
    [{ currency: 'TRX' }, /currency/],
    [{ network: 'ERC20' }, /network/],
    [{ order_id: 'aaaaaaaa-payses_1-1' }, /order_id/],
  ]) {
    const bought = await shop.buy();
    const body = paidEvent(bought, changes);
    assert.equal(await shop.gateway.post(body), 200);
    await requireAttention(bought.paymentId, reason);
    await requireNoOrder(bought.cart);
  }
});

/** Pays less than is due, and lets somebody accept that. */
async function payLess(paymentId) {
  await shop.gateway.api('POST', '/api/v1/test/pay', { payment_id: Number(paymentId), case: 'less' });
  const review = await until(async () => {
    const { reviews } = await shop.gateway.api('GET', '/api/v1/reviews');
    return reviews.find(({ candidates }) => candidates.some((one) => String(one.payment_id) === paymentId));
  });
  const before = shop.gateway.told.length;
  await shop.gateway.api('POST', `/api/v1/reviews/${review.review_id}/accept`, {
    review_id: review.review_id,
    payment_id: Number(paymentId),
    by: 'tests',
    note: 'less',
    anyway: true,
  });
  return until(() => shop.gateway.told.slice(before).find((one) => String(one.payment_id) === paymentId));
}

scenario('5: less than was due waits for a person, who may accept it', async () => {
  const { cart, payment, paymentId } = await shop.buy();
  const event = await payLess(paymentId);
  const row = await requireAttention(paymentId, /were accepted, and 6\.20 were due/);
  assert.equal(row.received_amount, event.received_amount);
  assert.equal(await stateFor(payment), 'attention');
  await requireNoOrder(cart);
  await shop.admin('POST', `/usdt-checkout/payments/${row.id}/accept`, {});
  await requirePaidOnce(cart, paymentId, event.txid);
});

scenario('6: a payment of somebody else changes nothing, and is written down once', async () => {
  const { cart, paymentId } = await shop.buy();
  const foreign = await shop.gateway.api('POST', '/api/create-payment.php', { order_id: 'other-1-1', amount: '6.20' });
  const { payment_id: id } = foreign.payment;
  shop.gateway.way = { times: 6 };
  const event = await shop.gateway.pay(id);
  shop.gateway.way = { times: 1 };
  assert.deepEqual(event.statuses, Array(6).fill(200));
  const row = await requireAttention(id, /other-1-1: this shop knows no such payment/);
  const { payments } = await shop.admin('GET', '/usdt-checkout/payments?state=attention');
  assert.equal(payments.filter((one) => one.payment_id === String(id)).length, 1);
  assert.match((await shop.askAdmin('POST', `/usdt-checkout/payments/${row.id}/accept`, {})).text, /no cart/);
  const { payment } = await shop.admin('POST', `/usdt-checkout/payments/${row.id}/settle`, {});
  assert.equal(payment.state, 'settled');
  assert.deepEqual(await shop.orders(cart), []);
  assert.equal((await shop.row(paymentId)).state, 'waiting');
  const feed = await shop.admin('GET', '/notifications?limit=100');
  assert.ok(feed.notifications.some(({ data }) => data?.description?.includes(String(id))));
});

scenario('7: the same webhook days later changes nothing', async () => {
  const { cart, paymentId, product } = await shop.buy();
  const event = await shop.gateway.pay(paymentId);
  const order = await requirePaidOnce(cart, paymentId, event.txid);
  const row = await shop.row(paymentId);
  assert.equal(await shop.gateway.post(event.raw), 200);
  assert.deepEqual(await requirePaidOnce(cart, paymentId, event.txid), order);
  assert.deepEqual(await shop.row(paymentId), row);
  assert.equal(await shop.reserved(product), 1);
});

scenario('11: a cart that was paid otherwise is left alone, and the payment is written down', async () => {
  const { cart, paymentId } = await shop.buy();
  await shop.startPayment(cart, OTHER_PROVIDER);
  const { body } = await shop.complete(cart);
  assert.equal(body.type, 'order', JSON.stringify(body));
  const [before] = await shop.orders(cart);
  const event = await shop.gateway.pay(paymentId);
  assert.deepEqual(event.statuses, [200]);
  await requireAttention(paymentId, new RegExp(`order ${before.id} was paid otherwise`));
  assert.deepEqual(await shop.orders(cart), [before]);
});

scenario('12, 13: another total makes another payment, and money for the earlier one is not lost', async () => {
  const { cart, payment, paymentId } = await shop.buy();
  const twice = await shop.startPayment(cart);
  assert.notEqual(twice.reference, payment.reference);
  await addOne(cart);
  assert.equal((await shop.complete(cart)).status, 400, 'the session is gone with its price');
  const second = await shop.startPayment(cart);
  assert.equal(second.amount, '12.40');
  assert.equal(new Set([payment, twice, second].map((one) => one.payment_id)).size, 3);
  const event = await shop.gateway.pay(paymentId);
  assert.deepEqual(event.statuses, [200]);
  const row = await requireAttention(paymentId, /an earlier attempt/);
  assert.deepEqual(await shop.orders(cart), []);
  assert.match((await shop.askAdmin('POST', `/usdt-checkout/payments/${row.id}/accept`, {})).text, /earlier attempt/);
  await requireNoOrder(cart);
  const paid = await shop.gateway.pay(second.payment_id);
  const order = await requirePaidOnce(cart, second.payment_id, paid.txid);
  assert.equal(order.total, 12.4);
});

scenario('12, 13: a total that Medusa changed behind the session is not paid by it', async () => {
  const { cart, paymentId } = await shop.buy();
  const price = `unit_price = 9, raw_unit_price = '{"value": "9"}'`;
  await shop.database.rows(`UPDATE cart_line_item SET ${price} WHERE cart_id = $1`, [cart.id]);
  await shop.gateway.pay(paymentId);
  await requireAttention(paymentId, /6\.20 USD were paid for, and the cart costs 9\.00 USD/);
  assert.deepEqual(await shop.orders(cart), []);
});

scenario('15: a copy of the shop neither takes nor gives payments until it is told what it is', async (t) => {
  const { cart, payment, paymentId } = await shop.buy();
  const { value } = (await shop.database.rows(`SELECT value FROM usdt_checkout_setting WHERE name = 'shop'`))[0];
  const setHome = (home) =>
    shop.database.rows(`UPDATE usdt_checkout_setting SET value = $1 WHERE name = 'shop'`, [{ ...value, home }]);
  t.after(() => setHome(value.home));
  await setHome('shop.example');
  assert.equal((await shop.admin('GET', '/usdt-checkout/shop')).shop.is_moved, true);
  const { payment_providers: shown } = await shop.store('GET', `/payment-providers?region_id=${shop.region}`);
  assert.deepEqual(shown.map(({ id }) => id), [OTHER_PROVIDER]);
  const refused = await shop.askForPayment(await shop.fillCart(await shop.addProduct()));
  assert.match(refused.text, /they were set up at shop\.example/);
  const event = await shop.gateway.pay(paymentId);
  assert.deepEqual(event.statuses, [503]);
  await shop.runJob();
  await shop.ask('GET', `/usdt-checkout/return/${payment.token}`);
  assert.deepEqual(await shop.orders(cart), []);
  assert.equal((await shop.row(paymentId)).state, 'waiting');

  assert.equal((await shop.askAdmin('POST', '/usdt-checkout/shop', { is: 'what' })).status, 400);
  const { shop: copy } = await shop.admin('POST', '/usdt-checkout/shop', { is: 'copy' });
  assert.notEqual(copy.id, value.id);
  assert.equal((await shop.askAdmin('POST', '/usdt-checkout/shop', { is: 'copy' })).status, 400);
  assert.equal((await shop.row(paymentId)).state, 'closed');
  assert.equal(await shop.gateway.post(event.raw), 200);
  await requireAttention(paymentId, /the shop of which this is a copy/);
  assert.deepEqual(await shop.orders(cart), []);
  const other = await shop.buy();
  assert.ok(other.payment.reference.startsWith(`${copy.id}-`));
  const paid = await shop.gateway.pay(other.paymentId);
  await requirePaidOnce(other.cart, other.paymentId, paid.txid);

  await setHome('old.example');
  const { shop: moved } = await shop.admin('POST', '/usdt-checkout/shop', { is: 'moved' });
  assert.deepEqual(moved, { id: value.id, is_moved: false });
});

scenario('12, 15: another amount of a session gets another payment, and never what stands there already', async () => {
  const { payment, paymentId } = await shop.buy();
  const update = async (amount) => {
    const session = { id: payment.session_id, currency_code: 'usd', amount, data: payment };
    return right(await shop.askPayments('updatePaymentSession', session)).result.data;
  };
  assert.equal((await update(6.2)).payment_id, paymentId);
  // A shop that was set up before has used the next ID, for the same amount, and was paid.
  const reference = `${payment.reference.slice(0, -1)}2`;
  const other = await shop.gateway.api('POST', '/api/create-payment.php', { order_id: reference, amount: '9.30' });
  await shop.gateway.pay(other.payment.payment_id);
  const changed = await update(9.3);
  assert.equal(changed.amount, '9.30');
  assert.equal(changed.reference, `${payment.reference.slice(0, -1)}3`);
  assert.equal((await shop.row(changed.payment_id)).state, 'waiting');
});

scenario('16: a refund is refused, and none is recorded', async () => {
  const { cart, paymentId } = await shop.buy();
  const { txid } = await shop.gateway.pay(paymentId);
  const order = await requirePaidOnce(cart, paymentId, txid);
  const [payment] = order.payment_collections[0].payments;
  const answer = await shop.askAdmin('POST', `/payments/${payment.id}/refund`, { amount: 6.2 });
  assert.equal(answer.status, 400);
  assert.match(answer.text, /a transfer cannot be taken back/);
  const cancelled = await shop.askPayments('cancelPayment', payment.id);
  assert.match(cancelled.text, /the payment is paid/);
  await requirePaidOnce(cart, paymentId, txid);
  assert.equal((await shop.admin('GET', `/payments/${payment.id}?fields=*refunds`)).payment.refunds.length, 0);
});

scenario('17: payers see the method only where their currency can be paid', async () => {
  const shown = async (region) => {
    const { payment_providers: all, count } = await shop.store('GET', `/payment-providers?region_id=${region}`);
    assert.equal(count, all.length);
    return all.some(({ id }) => id === PROVIDER);
  };
  const cart = await shop.fillCart(await shop.addProduct(), shop.euroRegion);
  assert.equal(await shown(shop.region), true);
  assert.equal(await shown(shop.euroRegion), false, 'nobody has asked the gateway yet');
  const refused = await shop.askForPayment(cart);
  assert.equal(refused.status, 400);
  assert.match(refused.text, /EUR cannot be paid in USDT here/);
  const { lines } = await shop.admin('POST', '/usdt-checkout/connection', {});
  const texts = lines.map(({ ok, text }) => `${ok ? '✓' : '✗'} ${text}`);
  assert.ok(texts.includes('✓ EUR can be paid.'), texts.join('\n'));
  assert.ok(texts.some((text) => text.startsWith('✗ ISK cannot be paid')), texts.join('\n'));
  assert.equal(await shown(shop.euroRegion), true);
  assert.equal(await shown(shop.kronaRegion), false);
  const payment = await shop.startPayment(cart);
  assert.notEqual(payment.amount, '6.20');
  const row = await shop.row(payment.payment_id);
  assert.deepEqual([row.price_amount, row.price_currency], ['6.20', 'EUR']);
  const { txid } = await shop.gateway.pay(payment.payment_id);
  const order = await requirePaidOnce(cart, payment.payment_id, txid);
  assert.equal(order.total, 6.2);
});

scenario('18: nobody learns a secret, a cart or an order from the gateway or the return', async () => {
  const { cart, payment, paymentId } = await shop.buy();
  const { txid } = await shop.gateway.pay(paymentId);
  const order = await requirePaidOnce(cart, paymentId, txid);
  const row = await shop.row(paymentId);
  const back = await shop.ask('GET', `/usdt-checkout/return/${payment.token}`);
  assert.equal(back.headers.get('location'), `http://127.0.0.1:8000/checkout/return?usdt_payment=${payment.token}`);
  const state = await shop.askStore('GET', `/usdt-checkout/payments/${payment.token}`);
  const open = [JSON.stringify(await shop.gateway.status(paymentId)), back.text, state.text].join('\n');
  const seen = `${open}${shop.server.output}`;
  for (const secret of [shop.gateway.secret, shop.adminKey]) assert.ok(!seen.includes(secret));
  for (const id of [cart.id, order.id, row.collection, 'buyer@example.com']) assert.ok(!open.includes(id), id);
  assert.equal((await shop.ask('GET', '/usdt-checkout/return/unknown')).status, 404);
  assert.equal((await shop.askStore('GET', '/usdt-checkout/payments/unknown')).status, 404);
  for (const path of ['connection', 'webhook', 'shop'])
    assert.equal((await shop.ask('POST', `/admin/usdt-checkout/${path}`, {})).status, 401);
  assert.equal((await shop.ask('GET', '/admin/usdt-checkout/payments')).status, 401);
});

test('the tests of the connection and of the webhook say what is right, and what to do', async () => {
  const connection = await shop.admin('POST', '/usdt-checkout/connection', {});
  const texts = connection.lines.map(({ ok, text }) => `${ok ? '✓' : '✗'} ${text}`);
  assert.ok(texts.some((text) => text.startsWith('✓ The gateway knows you')), texts.join('\n'));
  assert.ok(texts.includes('✓ USD can be paid.'));
  assert.ok(texts.some((text) => text.startsWith('✗ Webhooks of a gateway elsewhere cannot reach 127.0.0.1')));
  const webhook = await shop.admin('POST', '/usdt-checkout/webhook', {});
  const { project } = await shop.gateway.api('GET', '/api/v1/project');
  await shop.gateway.api('PATCH', '/api/v1/project', { webhook_url: shop.gateway.webhookUrl });
  assert.equal(webhook.ok, true, JSON.stringify(webhook));
  assert.equal(project.webhook_url, webhookOf(shop.first));
  assert.deepEqual(project.events, ['payment.expired']);
});

test('options that cannot be right are refused by their name', () => {
  const [{ validateOptions }] = provider.services;
  const right = {
    gatewayUrl: 'https://pay.example.com',
    apiKey: 'pk_test_1',
    apiSecret: 'sk_test_1',
    backendUrl: 'https://api.example.com',
    returnUrl: 'https://example.com/return',
  };
  validateOptions(right);
  for (const [changes, reason] of [
    [{ apiSecret: undefined }, /apiSecret is missing/],
    [{ gatewayUrl: 'pay' }, /usdt-checkout-medusa/],
    [{ backendUrl: 'ftp://x' }, /backendUrl must be/],
    [{ returnUrl: 'return' }, /returnUrl must be/],
    [{ tolerance: 0.5 }, /tolerance must be/],
    [{ latePolicy: 'never' }, /latePolicy must be/],
  ])
    assert.throws(() => validateOptions({ ...right, ...changes }), reason);
});

// In these the time of the chain passes, and ends whatever waits.

scenario('8: a cart whose time to pay is over holds no goods, and may be paid anew', async () => {
  const { cart, payment, paymentId, product } = await shop.buy({ stock: 1 });
  await shop.gateway.letExpire(paymentId);
  await until(async () => (await shop.row(paymentId)).state === 'expired');
  assert.equal(await stateFor(payment), 'expired');
  await requireNoOrder(cart);
  assert.equal(await shop.reserved(product), 0);
  const again = await shop.startPayment(cart);
  assert.notEqual(again.payment_id, paymentId);
  const { txid } = await shop.gateway.pay(again.payment_id);
  await requirePaidOnce(cart, again.payment_id, txid);
  assert.equal((await shop.row(paymentId)).state, 'expired', 'an end changes nothing of what came later');
});

scenario('9: late money pays a cart whose goods are still there', async () => {
  const { cart, paymentId, product } = await shop.buy({ stock: 1 });
  await shop.gateway.letExpire(paymentId);
  await until(async () => (await shop.row(paymentId)).state === 'expired');
  const event = await shop.gateway.pay(paymentId);
  assert.equal(event.late, true);
  await requirePaidOnce(cart, paymentId, event.txid);
  assert.equal(await shop.reserved(product), 1);
});

scenario('10: late money for goods that are gone waits for a person, and is not lost', async () => {
  const { cart, paymentId, product } = await shop.buy({ stock: 1 });
  await shop.gateway.letExpire(paymentId);
  const other = await shop.buy({ product });
  const paid = await shop.gateway.pay(other.paymentId);
  await requirePaidOnce(other.cart, other.paymentId, paid.txid);
  const late = await shop.gateway.pay(paymentId);
  assert.deepEqual(late.statuses, [200]);
  const row = await requireAttention(paymentId, /there is no order: .*stock|inventory/i);
  assert.deepEqual(await shop.orders(cart), []);
  assert.equal(await shop.reserved(product), 1);
  const refused = await shop.askAdmin('POST', `/usdt-checkout/payments/${row.id}/accept`, {});
  assert.equal(refused.status, 400);
  // New goods have come.
  const level = `/inventory-items/${product.item}/location-levels/${shop.place}`;
  await shop.admin('POST', level, { stocked_quantity: 2 });
  await shop.admin('POST', `/usdt-checkout/payments/${row.id}/accept`, {});
  await requirePaidOnce(cart, paymentId, late.txid);
});

scenario('14: what was paid or has ended while the shop was down is found, once', async () => {
  const first = await shop.buy({ stock: 1 });
  const second = await shop.buy();
  shop.gateway.way = { isDown: true };
  const { txid } = await shop.gateway.pay(first.paymentId);
  await shop.gateway.letExpire(second.paymentId);
  assert.deepEqual(await shop.orders(first.cart), []);
  await Promise.all([shop.runJob(), shop.runJob(), shop.runJob()]);
  await shop.runJob();
  shop.gateway.way = { times: 1 };
  await requirePaidOnce(first.cart, first.paymentId, txid);
  assert.equal((await shop.row(second.paymentId)).state, 'expired');
});

scenario('14: a payment whose creation was never answered is found', async () => {
  const { cart, paymentId } = await shop.buy();
  const nothing = 'payment_id = NULL, amount = NULL, payment_url = NULL';
  const forget = `UPDATE usdt_checkout_payment SET ${nothing} WHERE payment_id = $1`;
  await shop.database.rows(forget, [paymentId]);
  const event = await shop.gateway.pay(paymentId);
  assert.deepEqual(event.statuses, [200]);
  await requirePaidOnce(cart, paymentId, event.txid);
  const other = await shop.buy();
  await shop.database.rows(forget, [other.paymentId]);
  shop.gateway.way = { isDown: true };
  const { txid } = await shop.gateway.pay(other.paymentId);
  shop.gateway.way = { times: 1 };
  await shop.runJob();
  await requirePaidOnce(other.cart, other.paymentId, txid);
});

scenario('19: a crash while the cart is being completed loses nothing and doubles nothing', async () => {
  const { cart, paymentId, product } = await shop.buy({ stock: 1 });
  shop.crashAtNextOrder();
  const event = await shop.gateway.pay(paymentId);
  assert.deepEqual(event.statuses, [0]);
  await shop.server.ended;
  shop.moveTo(shop.second);
  assert.equal((await shop.row(paymentId)).state, 'accepted');
  // The dead process holds the cart. That ends with the age of its lock.
  await shop.runJob();
  assert.deepEqual(await shop.orders(cart), []);
  await shop.database.rows(`UPDATE usdt_checkout_lock SET taken_at = now() - interval '151 seconds'`);
  await Promise.all([shop.gateway.post(event.raw), shop.runJob()]);
  await requirePaidOnce(cart, paymentId, event.txid);
  // A process that broke off between the order and its own row.
  const before = `UPDATE usdt_checkout_payment SET state = 'accepted', order_id = NULL WHERE payment_id = $1`;
  await shop.database.rows(before, [paymentId]);
  await shop.runJob();
  await requirePaidOnce(cart, paymentId, event.txid);
  assert.equal(await shop.reserved(product), 1);
});

// These are by the options of the second server.

scenario('10: late money waits for a person where the shop wants that', async () => {
  const { cart, paymentId } = await shop.buy();
  const event = await shop.gateway.pay(paymentId, { case: 'late' });
  assert.equal(event.late, true);
  await requireAttention(paymentId, /it came after its time/);
  await requireNoOrder(cart);
});

scenario('5: a shop may forgive what is short', async () => {
  const { cart, paymentId } = await shop.buy();
  const event = await payLess(paymentId);
  await requirePaidOnce(cart, paymentId, event.txid);
});

scenario('20: once the plugin is gone, only what stands in orders stays', async () => {
  const { cart, paymentId } = await shop.buy();
  const { txid } = await shop.gateway.pay(paymentId);
  const [order] = await shop.orders(cart);
  shop.medusa('db:rollback', 'usdtCheckout');
  const left = await shop.database.rows(`SELECT tablename FROM pg_tables WHERE tablename LIKE 'usdt%'`);
  assert.deepEqual(left, []);
  const [after] = await shop.orders(cart);
  assert.deepEqual(after, order);
  assert.equal(after.payment_collections[0].payments[0].data.txid, txid);
});
