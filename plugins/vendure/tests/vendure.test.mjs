// The 20 scenarios of a shop, in a real Vendure with the real gateway on a simulated chain.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { VENDURE_VERSION } from '@vendure/core';
import { VERSION, removeUsdtCheckout } from 'usdt-checkout-vendure';

import { runsOn, scenario } from '../../testkit/scenario.mjs';
import { database, fault, isInMemory, seen } from './config.mjs';
import { Administrator, Buyer, Shop } from './shop.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 3);
const AT_ONCE = 6;

let shop;
let gateway;

before(async () => {
  shop = await Shop.open();
  ({ gateway } = shop);
  const { type } = database;
  const on = { postgres: 'PostgreSQL', mysql: 'MariaDB' }[type] ?? 'SQLite';
  runsOn({ name: 'Vendure', version: VENDURE_VERSION, on, isReal: true, file: `vendure-${on.toLowerCase()}` });
});

after(() => shop?.close());

/** An order that waits for its payment. */
async function buy({ thing, stock, quantity, currency, buyer = new Buyer(shop, currency) } = {}) {
  const id = thing ?? (await shop.thing(stock === undefined ? undefined : { stock }));
  const { id: orderId, code } = await buyer.checkOut(id, quantity);
  const page = await buyer.pay();
  assert.ok(page.paymentUrl, JSON.stringify(page));
  const row = (await shop.order(orderId)).rows.at(-1);
  return { buyer, thing: id, orderId, code, page, row, paymentId: row.paymentId };
}

const paidEvent = (row, changes = {}) => ({
  payment_id: Number(row.paymentId),
  app_id: 1,
  order_id: row.reference,
  status: 'paid',
  amount: row.amount,
  pay_amount: row.amount,
  currency: 'USDT',
  network: 'TRC20',
  txid: 'f'.repeat(64),
  paid_at: '2026-07-01 18:04:12',
  ...changes,
});

const post = (event, headers) => gateway.post(JSON.stringify(event), headers);

/** Lets the gateway's webhooks get lost, and returns what was in the one for this payment. */
async function payUnheard(paymentId) {
  gateway.way = { isDown: true };
  try {
    return (await gateway.pay(paymentId)).raw;
  } finally {
    gateway.way = { times: 1 };
  }
}

function assertPaid(order, txid) {
  assert.equal(order.state, 'PaymentSettled');
  assert.equal(order.active, false);
  assert.deepEqual(
    order.payments.map(({ state, amount, transactionId }) => [state, amount, transactionId]),
    [['Settled', order.totalWithTax, txid ?? order.payments[0].transactionId]],
  );
  const placed = order.history.items.filter(({ data }) => data.to === 'PaymentSettled');
  assert.equal(placed.length, 1);
  assert.equal(order.rows.at(-1).state, 'BOOKED');
}

/** Listeners, such as those that send mails, were told once. */
function assertToldOnce({ code }) {
  assert.equal(seen.placed.filter((one) => one.code === code).length, 1);
}

function assertUnpaid(order, state = 'ArrangingPayment') {
  assert.equal(order.state, state);
  assert.deepEqual(order.payments, []);
  assert.ok(!seen.placed.some(({ code }) => code === order.code));
}

/** The row needs a person, who has been told why. */
function assertAttention(order, row, why) {
  assert.equal(row.state, 'ATTENTION');
  assert.match(row.reason, why);
  assert.ok(order.notes.some((note) => why.test(note) && note.includes(row.paymentId)));
  assert.ok(seen.attention.some(({ paymentId, state, told }) => {
    return paymentId === row.paymentId && state === row.state && why.test(told);
  }));
}

test('the package says which version it is', () => {
  const file = new URL('../package.json', import.meta.url);
  assert.equal(VERSION, JSON.parse(readFileSync(file, 'utf8')).version);
});

scenario('1: an order is paid', async () => {
  const { buyer, orderId, code, page, row, paymentId, thing } = await buy({ stock: 3 });
  assert.match(row.reference, new RegExp(`^[a-z2-7]{8}-${orderId}-1$`));
  assert.equal(page.amount, '6.20');
  assert.equal(page.paymentUrl, (await gateway.status(paymentId)).payment_url);
  assertUnpaid(await shop.order(orderId));
  assert.deepEqual(await buyer.progress(page.token), {
    state: 'WAITING',
    paymentUrl: page.paymentUrl,
    orderCode: code,
  });
  const event = await gateway.pay(paymentId);
  assert.deepEqual(event.statuses, [200]);
  const order = await shop.order(orderId);
  assertPaid(order, event.txid);
  assert.equal(order.rows[0].state, 'BOOKED');
  assert.equal(order.rows[0].txid, event.txid);
  assert.equal(order.rows[0].order.code, code);
  assert.ok(order.notes.some((note) => note.includes(event.txid)));
  assert.equal(order.payments[0].method, 'usdt');
  assert.deepEqual(await shop.stock(thing), { onHand: 3, allocated: 1 });
  assert.deepEqual(await buyer.progress(page.token), {
    state: 'PAID',
    paymentUrl: null,
    orderCode: code,
  });
  const { activeOrder } = await buyer.shop('{ activeOrder { code } }');
  assert.equal(activeOrder, null);
});

test('large and small amounts are exact', async () => {
  const amount = async (price) => {
    const { page } = await buy({ thing: await shop.thing({ price, stock: 5 }), quantity: 2 });
    return page.amount;
  };
  assert.equal(await amount(123_456_789), '2469135.78');
  assert.equal(await amount(3), '0.06');
});

test('the same order again has the same payment, also by clicks at once', async () => {
  const buyer = new Buyer(shop);
  const { id } = await buyer.checkOut(await shop.thing());
  const pages = await Promise.all([1, 2, 3, 4].map(() => buyer.pay()));
  pages.push(await buyer.pay());
  assert.equal(new Set(pages.map(({ paymentUrl }) => paymentUrl)).size, 1);
  assert.equal((await shop.order(id)).rows.length, 1);
});

test('only an order that waits for its payment has one', async () => {
  const buyer = new Buyer(shop);
  const first = await buyer.pay();
  assert.deepEqual(first, {
    errorCode: 'USDT_PAYMENT_ERROR',
    reason: 'NO_ORDER',
    message: 'There is no active order',
  });
  await buyer.add(await shop.thing());
  assert.equal((await buyer.pay()).reason, 'NOT_WAITING');
  const other = await buy();
  assert.equal((await other.buyer.pay('cheque')).reason, 'NOT_OFFERED');
  assert.equal((await other.buyer.pay('nothing')).reason, 'NOT_OFFERED');
  await assert.rejects(buy({ thing: await shop.thing({ price: 0 }) }), /NOT_WAITING/);
});

test('a payer cannot add the payment, whatever the metadata says', async () => {
  const { buyer, orderId, row } = await buy();
  const metadata = { ...paidEvent(row), txid: 'f'.repeat(64), paymentId: row.paymentId };
  const answer = await buyer.payOtherwise('usdt', metadata);
  assert.equal(answer.errorCode, 'PAYMENT_DECLINED_ERROR');
  assert.equal((await shop.order(orderId)).state, 'ArrangingPayment');
});

scenario(`2: six webhooks at once complete an order once, ${ROUNDS} rounds`, async () => {
  const thing = await shop.thing({ stock: 1000 });
  gateway.way = { times: AT_ONCE };
  try {
    for (let round = 1; round <= ROUNDS; round++) {
      const { orderId, paymentId } = await buy({ thing });
      const { statuses } = await gateway.pay(paymentId);
      assert.equal(statuses.length, AT_ONCE);
      assert.ok(statuses.every((status) => status === 200 || status === 503), String(statuses));
      const order = await shop.order(orderId);
      assertPaid(order);
      assertToldOnce(order);
      assert.equal((await shop.stock(thing)).allocated, round);
    }
  } finally {
    gateway.way = { times: 1 };
  }
});

scenario(`3: webhooks and the payer's return at once complete an order once, ${ROUNDS} rounds`, async () => {
  const thing = await shop.thing({ stock: 1000 });
  for (let round = 1; round <= ROUNDS; round++) {
    const { buyer, orderId, page, paymentId } = await buy({ thing });
    const raw = await payUnheard(paymentId);
    const visits = [0, 1, 2].map(() => buyer.progress(page.token));
    const posts = [0, 1, 2].map(() => gateway.post(raw));
    await Promise.all([...visits, ...posts]);
    const order = await shop.order(orderId);
    assertPaid(order);
    assertToldOnce(order);
    assert.equal((await shop.stock(thing)).allocated, round);
  }
});

test("the payer's return books what no webhook has told", async () => {
  const { buyer, orderId, page, paymentId } = await buy();
  await payUnheard(paymentId);
  assert.equal((await buyer.progress(page.token)).state, 'PAID');
  assertPaid(await shop.order(orderId));
  assert.equal(await buyer.progress('0'.repeat(32)), null);
  assert.equal(await buyer.progress("x'--"), null);
});

test('the gateway is not asked each time that a storefront asks', async () => {
  const { buyer, page, paymentId } = await buy();
  await payUnheard(paymentId);
  await shop.change({ paymentId }, { askedAt: 9_999_999_999 });
  assert.equal((await buyer.progress(page.token)).state, 'WAITING');
  await shop.change({ paymentId }, { askedAt: 0 });
  assert.equal((await buyer.progress(page.token)).state, 'PAID');
});

test('a payment whose time is over by the clock of the shop is not handed out again', async () => {
  const { buyer, page, paymentId } = await buy();
  await shop.change({ paymentId }, { expiresAt: 1 });
  assert.notEqual((await buyer.pay()).paymentUrl, page.paymentUrl);
});

scenario('4: a wrong signature changes nothing', async () => {
  const { orderId, row } = await buy();
  const body = JSON.stringify(paidEvent(row));
  const good = gateway.sign(body);
  const bad = ['', '0'.repeat(64), good.slice(1), `sha256=${good}`];
  bad.push(Buffer.from(`é${good.slice(1)}`).toString('latin1'));
  for (const signature of [undefined, ...bad]) {
    const headers = signature === undefined ? {} : { 'x-signature': signature };
    assert.equal(await gateway.post(body, headers), 401, String(signature));
  }
  assert.equal(await gateway.post(`${body} `, { 'x-signature': good }), 401);
  assert.equal(await gateway.post('x'.repeat(100_000), { 'x-signature': good }), 413);
  assertUnpaid(await shop.order(orderId));
  assert.equal(await gateway.post(body, { 'x-signature': good.toUpperCase() }), 200);
  assertPaid(await shop.order(orderId));
});

test('another way to write the same JSON does not pass for it', async () => {
  const { orderId, row } = await buy();
  const event = paidEvent(row);
  const body = JSON.stringify(event, null, 1);
  const headers = { 'x-signature': gateway.sign(JSON.stringify(event)) };
  assert.equal(await gateway.post(body, headers), 401);
  assertUnpaid(await shop.order(orderId));
});

scenario('5: what differs from what was asked for completes no order', async () => {
  const changes = [
    { amount: '0.01' },
    { order_id: 'other-1-1' },
    { currency: 'USDC' },
    { network: 'ERC20' },
  ];
  for (const change of changes) {
    const { orderId, row } = await buy();
    assert.equal(await post(paidEvent(row, change)), 200);
    const order = await shop.order(orderId);
    assertUnpaid(order);
    assertAttention(order, order.rows[0], /differs/);
  }
});

scenario('5: less than was due waits for a person, but for the tolerance', async () => {
  const short = await buy();
  assert.equal(await post(paidEvent(short.row, { received_amount: '6.10' })), 200);
  const held = await shop.order(short.orderId);
  assertUnpaid(held);
  assertAttention(held, held.rows[0], /6\.10 USDT were accepted/);
  await shop.set({ tolerance: '0.1' });
  try {
    const tolerated = await buy();
    assert.equal(await post(paidEvent(tolerated.row, { received_amount: '6.10' })), 200);
    const order = await shop.order(tolerated.orderId);
    assertPaid(order);
    assert.equal(order.rows[0].receivedAmount, '6.10');
  } finally {
    await shop.set();
  }
});

scenario('6: money for an order of somebody else is written down once', async () => {
  const event = paidEvent({ paymentId: '4711', reference: 'elsewhere-7-1', amount: '5.00' });
  const statuses = await Promise.all([1, 2, 3].map(() => post(event)));
  assert.deepEqual(statuses, [200, 200, 200]);
  const row = await shop.row('4711');
  assert.equal(row.state, 'ATTENTION');
  assert.equal(row.orderId, null);
  assert.match(row.reason, /elsewhere-7-1/);
  assert.equal(seen.attention.filter(({ paymentId }) => paymentId === '4711').length, 1);
});

test('an event of one project is nothing for the payments of another', async () => {
  const { orderId, row } = await buy();
  const { shop: address } = gateway;
  gateway.shop = address.replace('default', 'other');
  try {
    assert.equal(await post(paidEvent(row)), 200);
    assert.ok(seen.log.some((line) => line.includes(`${row.paymentId} of default is told of by other`)));
    gateway.shop = address.replace('default', 'nothing');
    assert.equal(await post(paidEvent(row)), 404);
  } finally {
    gateway.shop = address;
  }
  const order = await shop.order(orderId);
  assertUnpaid(order);
  assert.equal(order.rows[0].state, 'WAITING');
});

scenario('7: the same webhook days later changes nothing', async () => {
  const { orderId, paymentId, thing } = await buy({ stock: 5 });
  const { raw } = await gateway.pay(paymentId);
  const paid = await shop.order(orderId);
  assert.equal(await gateway.post(raw), 200);
  const { cancelOrder } = await shop.admin.call(
    'mutation ($input: CancelOrderInput!) { cancelOrder(input: $input) { ... on Order { state } ... on ErrorResult { message } } }',
    { input: { orderId } },
  );
  assert.equal(cancelOrder.state, 'Cancelled', cancelOrder.message);
  assert.equal(await gateway.post(raw), 200);
  const order = await shop.order(orderId);
  assert.equal(order.state, 'Cancelled');
  assert.deepEqual(order.payments, paid.payments);
  assert.deepEqual(order.notes, paid.notes);
  assert.equal((await shop.stock(thing)).allocated, 0);
});

scenario('11: an order that was paid otherwise meanwhile is left alone', async () => {
  const { buyer, orderId, paymentId } = await buy();
  assert.equal((await buyer.payOtherwise()).state, 'PaymentSettled');
  const before = await shop.order(orderId);
  assert.deepEqual((await gateway.pay(paymentId)).statuses, [200]);
  const order = await shop.order(orderId);
  assert.deepEqual(order.payments, before.payments);
  assertAttention(order, order.rows[0], /state PaymentSettled/);
});

scenario('11: an order that was cancelled meanwhile is left alone', async () => {
  const { orderId, paymentId } = await buy();
  await shop.admin.call('mutation ($id: ID!) { cancelOrder(input: { orderId: $id }) { __typename } }', {
    id: orderId,
  });
  await gateway.pay(paymentId);
  const order = await shop.order(orderId);
  assertUnpaid(order, 'Cancelled');
  assertAttention(order, order.rows[0], /state Cancelled/);
});

scenario('12, 13: another total makes another payment, and the old one pays nothing', async () => {
  const { buyer, orderId, thing, page, paymentId } = await buy();
  await buyer.goTo('AddingItems');
  await buyer.add(thing);
  await buyer.goTo('ArrangingPayment');
  const second = await buyer.pay();
  assert.equal(second.amount, '12.40');
  assert.notEqual(second.paymentUrl, page.paymentUrl);
  const { statuses } = await gateway.pay(paymentId);
  assert.deepEqual(statuses, [200]);
  const old = await shop.order(orderId);
  assertUnpaid(old);
  assert.match(old.rows[1].reference, /-2$/);
  assertAttention(old, old.rows[0], /earlier attempt/);
  assert.equal((await buyer.progress(page.token)).state, 'REVIEW');
  await gateway.pay(old.rows[1].paymentId);
  assertPaid(await shop.order(orderId));
});

scenario('12: a total that was changed after the payment was made waits for a person', async () => {
  const { buyer, orderId, thing, paymentId } = await buy();
  await buyer.goTo('AddingItems');
  await buyer.add(thing);
  await gateway.pay(paymentId);
  const order = await shop.order(orderId);
  assertUnpaid(order, 'AddingItems');
  assertAttention(order, order.rows[0], /6\.20 USD were paid for, and the order costs 12\.40 USD/);
});

test('an order that went back to its cart unchanged is paid', async () => {
  const { buyer, orderId, row } = await buy();
  await buyer.goTo('AddingItems');
  assert.equal(await post(paidEvent(row)), 200);
  assertPaid(await shop.order(orderId));
});

test('a person takes money that was short', async () => {
  const { orderId, row, paymentId } = await buy();
  await post(paidEvent(row, { received_amount: '6.10' }));
  const { rows } = await shop.order(orderId);
  const accept = (id) => shop.do('acceptUsdtPayment', 'id', id, '{ state }');
  await assert.rejects(accept(rows[0].id), /no payment of an order/, 'the gateway says it is not paid');
  await payUnheard(paymentId);
  assert.deepEqual(await accept(rows[0].id), { state: 'BOOKED' });
  const order = await shop.order(orderId);
  assertPaid(order);
  assert.equal(order.rows[0].reason, null);
  await assert.rejects(accept(rows[0].id), /no payment of an order/);
});

test('a person settles what needs attention', async () => {
  const { orderId, row } = await buy();
  const settle = () => shop.do('settleUsdtPayment', 'id', row.id, '{ state }');
  await assert.rejects(settle(), /needs no attention/);
  await post(paidEvent(row, { amount: '1.00' }));
  assert.deepEqual(await settle(), { state: 'SETTLED' });
  assert.equal(await post(paidEvent(row)), 200);
  assertUnpaid(await shop.order(orderId));
});

test('only who may change orders reads and settles payments', async () => {
  const { buyer } = await buy();
  const anybody = new Buyer(shop);
  anybody.url = shop.admin.url;
  const calls = [
    '{ usdtPayments { totalItems } }',
    '{ usdtPayment(id: 1) { id } }',
    'mutation { acceptUsdtPayment(id: 1) { id } }',
    'mutation { settleUsdtPayment(id: 1) { id } }',
    'mutation { checkUsdtPayment(id: 1) { id } }',
    'mutation { testUsdtConnection(paymentMethodId: 1) { text } }',
    'mutation { setUsdtWebhook(paymentMethodId: 1) { text } }',
    'mutation { confirmUsdtShop(is: COPY) }',
  ];
  for (const call of calls) await assert.rejects(anybody.call(call), /not currently authorized/);
  await assert.rejects(buyer.shop('{ usdtPayments { totalItems } }'), /Cannot query field/);
});

scenario('15: a copy of the shop stops by itself, and has other payments once it is told to be a copy', async () => {
  const { buyer, orderId, row, paymentId } = await buy();
  const shops = shop.database.getRepository('UsdtShop');
  const [original] = await shops.find();
  await assert.rejects(shop.do('confirmUsdtShop', 'is', 'COPY'), /where it was/);
  await shops.update({ key: original.key }, { home: 'shop.example' });
  assert.ok(!(await buyer.methods()).includes('usdt'));
  assert.equal((await buyer.pay()).reason, 'NOT_OFFERED');
  const raw = await payUnheard(paymentId);
  assert.equal(await gateway.post(raw), 503);
  await shop.reconcile();
  assertUnpaid(await shop.order(orderId));
  await shop.do('confirmUsdtShop', 'is', 'MOVED');
  assert.deepEqual(await shops.find(), [original]);
  await shops.update({ key: original.key }, { home: 'shop.example' });
  await shop.do('confirmUsdtShop', 'is', 'COPY');
  const [copy] = await shops.find();
  assert.equal(copy.home, original.home);
  assert.notEqual(copy.name, original.name);
  assert.equal((await shop.order(orderId)).rows[0].state, 'CLOSED');
  assert.equal(await gateway.post(raw), 200);
  const order = await shop.order(orderId);
  assertUnpaid(order);
  assertAttention(order, order.rows[0], /copy/);
  const second = await buyer.pay();
  const { rows } = await shop.order(orderId);
  assert.ok(rows[1].reference.startsWith(`${copy.name}-`));
  assert.notEqual(second.paymentUrl, row.paymentUrl);
});

test('an order of another channel is paid in its channel and its language', async () => {
  const token = await shop.addChannel('second');
  const buyer = new Buyer(shop);
  buyer.parameters = `?vendure-token=${token}&languageCode=de`;
  const { paymentId, orderId, code } = await buy({ buyer });
  await payUnheard(paymentId);
  await shop.reconcile();
  assertPaid(await shop.order(orderId));
  const placed = seen.placed.filter((one) => one.code === code);
  assert.deepEqual(placed, [{ code, channel: 'second', language: 'de' }]);
  const inSecond = await shop.admin.call(
    '{ usdtPayments { items { paymentId } } }',
    {},
    `?vendure-token=${token}`,
  );
  assert.deepEqual(inSecond.usdtPayments.items, [{ paymentId }]);
});

scenario('15: a name that was used before brings no old payment', async () => {
  const first = await buy();
  await gateway.pay(first.paymentId);
  const [stored] = await shop.database.getRepository('UsdtShop').find();
  const buyer = new Buyer(shop);
  const { id } = await buyer.checkOut(await shop.thing());
  // What a shop that was set up anew under the old name has had.
  for (const [attempt, amount] of [[1, '6.20'], [2, '7.00']]) {
    const order = `${stored.name}-${id}-${attempt}`;
    const { payment } = await gateway.api('POST', '/api/create-payment.php', { order_id: order, amount });
    if (attempt === 1) await gateway.pay(payment.payment_id);
  }
  const page = await buyer.pay();
  const { rows } = await shop.order(id);
  assert.deepEqual(rows.map(({ state }) => state), ['CLOSED', 'CLOSED', 'WAITING']);
  assert.equal(page.paymentUrl, rows[2].paymentUrl);
  assert.match(rows[2].reference, /-3$/);
});

scenario('16: a refund is a note for a person, and takes nothing back', async () => {
  const { orderId, paymentId } = await buy();
  await gateway.pay(paymentId);
  const [payment] = (await shop.order(orderId)).payments;
  const { cancelPayment } = await shop.admin.call(
    'mutation ($id: ID!) { cancelPayment(id: $id) { ... on CancelPaymentError { paymentErrorMessage } } }',
    { id: payment.id },
  );
  assert.match(cancelPayment.paymentErrorMessage, /cannot be taken back/);
  assertPaid(await shop.order(orderId));
  const { refundOrder } = await shop.admin.call(
    'mutation ($input: RefundOrderInput!) { refundOrder(input: $input) { ... on Refund { state transactionId } ... on ErrorResult { message } } }',
    { input: { paymentId: payment.id, amount: 620, reason: 'broken', lines: [], shipping: 0, adjustment: 0 } },
  );
  assert.deepEqual(refundOrder, { state: 'Pending', transactionId: null });
});

scenario('17: payers see the method where their currency can be paid', async () => {
  const isOffered = async (currency) => {
    const buyer = new Buyer(shop, currency);
    await buyer.checkOut(await shop.thing());
    return (await buyer.methods()).includes('usdt');
  };
  const test = () => shop.do('testUsdtConnection', 'paymentMethodId', shop.methodId, '{ good text }');
  const about = (lines, currency) => lines.find(({ text }) => text.includes(currency));
  assert.equal(await isOffered('USD'), true);
  assert.equal(await isOffered('EUR'), false);
  assert.equal(about(await test(), 'EUR').good, false);
  await shop.set({ currencies: '["EUR","GBP"]' });
  try {
    const lines = await test();
    assert.equal(about(lines, 'USD').good, true);
    assert.equal(about(lines, 'EUR').good, true, JSON.stringify(lines));
    assert.equal(about(lines, 'GBP').good, false, JSON.stringify(lines));
    assert.equal(await isOffered('EUR'), true);
    const { orderId, row, paymentId, page } = await buy({ currency: 'EUR' });
    assert.deepEqual([row.priceAmount, row.priceCurrency], ['6.20', 'EUR']);
    const { amount, price } = await gateway.status(paymentId);
    assert.equal(price.currency, 'EUR');
    assert.equal(page.amount, amount);
    assert.notEqual(amount, '6.20');
    await gateway.pay(paymentId);
    assertPaid(await shop.order(orderId));
    const pounds = new Buyer(shop, 'GBP');
    await pounds.checkOut(await shop.thing());
    assert.equal((await pounds.pay()).reason, 'NOT_NOW');
  } finally {
    await shop.set();
  }
});

scenario('18: nobody learns the order or a secret from the gateway or from the shop', async () => {
  const { orderId, code, page, paymentId } = await buy();
  const open = await fetch(`${gateway.url}/api/payment-status.php?payment_id=${paymentId}`);
  const text = await open.text();
  assert.ok(text.includes(page.token), 'the way back is in it');
  assert.ok(!text.includes(code));
  const stranger = new Buyer(shop);
  assert.equal((await stranger.progress(page.token)).orderCode, null);
  await stranger.checkOut(await shop.thing());
  assert.equal((await stranger.progress(page.token)).orderCode, null);
  await gateway.pay(paymentId);
  assert.equal((await stranger.progress(page.token)).orderCode, null);
  const { paymentMethods } = await shop.admin.call(
    '{ paymentMethods { items { handler { args { name value } } } } }',
  );
  const order = await shop.order(orderId);
  for (const told of [paymentMethods, order, seen.log]) {
    assert.ok(!JSON.stringify(told).includes(gateway.secret));
  }
});

for (const moment of ['before', 'after']) {
  scenario(`19: a webhook that breaks off ${moment} the order changes loses nothing and doubles nothing`, async () => {
    const { orderId, paymentId, thing } = await buy({ stock: 5 });
    const raw = await payUnheard(paymentId);
    fault.next = moment;
    assert.equal(await gateway.post(raw), 503);
    const broken = await shop.order(orderId);
    assertUnpaid(broken);
    assert.equal(broken.rows[0].state, 'WAITING');
    assert.equal((await shop.stock(thing)).allocated, 0);
    assert.equal(await gateway.post(raw), 200);
    assertPaid(await shop.order(orderId));
    assert.equal((await shop.stock(thing)).allocated, 1);
  });
}

scenario('2, 19: of six webhooks at once one breaks off, and another books', async () => {
  const { orderId, paymentId, thing } = await buy({ stock: 5 });
  const raw = await payUnheard(paymentId);
  fault.next = 'after';
  const statuses = await Promise.all(Array.from({ length: AT_ONCE }, () => gateway.post(raw)));
  assert.deepEqual(statuses.toSorted(), [200, 200, 200, 200, 200, 503]);
  const order = await shop.order(orderId);
  assertPaid(order);
  assertToldOnce(order);
  assert.equal((await shop.stock(thing)).allocated, 1);
});

test('what the shop does not let in is undone, and waits for a person', async () => {
  const { buyer, orderId, row } = await buy();
  await buyer.goTo('AddingItems');
  fault.next = 'forbidden';
  assert.equal(await post(paidEvent(row)), 200);
  const order = await shop.order(orderId);
  assertUnpaid(order, 'AddingItems');
  assertAttention(order, order.rows[0], /stays in the state ArrangingPayment/);
});

test('money for a payment method that is gone waits for a person', async () => {
  const { orderId, row } = await buy();
  const enable = (enabled) =>
    shop.admin.call(
      'mutation ($input: UpdatePaymentMethodInput!) { updatePaymentMethod(input: $input) { id } }',
      { input: { id: shop.methodId, enabled } },
    );
  await enable(false);
  try {
    assert.equal(await post(paidEvent(row)), 200);
  } finally {
    await enable(true);
  }
  const order = await shop.order(orderId);
  assertUnpaid(order);
  assertAttention(order, order.rows[0], /no payment method usdt/);
});

test('a gateway that does not answer costs no order', async () => {
  const buyer = new Buyer(shop);
  const { id } = await buyer.checkOut(await shop.thing());
  await shop.set({ project: 'other' });
  const refused = await buyer.pay();
  assert.equal(refused.reason, 'NOT_NOW');
  await shop.set({ project: 'none' });
  assert.ok(!(await buyer.methods()).includes('usdt'));
  const lines = await shop.do('testUsdtConnection', 'paymentMethodId', shop.methodId, '{ good text }');
  assert.deepEqual(lines, [{ good: false, text: 'The configuration has no project "none"' }]);
  await shop.set();
  assert.ok((await buyer.pay()).paymentUrl);
  await gateway.pay((await shop.order(id)).rows.at(-1).paymentId);
  assertPaid(await shop.order(id));
});

test('settings that cannot be read count as not set, and the test says so', async () => {
  await shop.set({ tolerance: '0,10', currencies: 'EUR' });
  try {
    const { page } = await buy();
    assert.equal(page.amount, '6.20');
    const lines = await shop.do('testUsdtConnection', 'paymentMethodId', shop.methodId, '{ good text }');
    for (const fault of [/0,10 is no number/, /EUR are no list/]) {
      assert.ok(lines.some(({ good, text }) => !good && fault.test(text)), JSON.stringify(lines));
    }
  } finally {
    await shop.set();
  }
});

test('the connection is tested, and the webhook is set and tested', async () => {
  const { methodId } = shop;
  const lines = await shop.do('testUsdtConnection', 'paymentMethodId', methodId, '{ good text }');
  assert.match(lines[0].text, /knows the shop/);
  assert.ok(lines.some(({ good, text }) => !good && text.includes('test project')));
  const set = await shop.do('setUsdtWebhook', 'paymentMethodId', methodId, '{ good text }');
  assert.deepEqual(set.map(({ good }) => good), [true], JSON.stringify(set));
  try {
    const { project } = await gateway.api('GET', '/api/v1/project');
    assert.equal(project.webhook_url, `${shop.url}/usdt-checkout/webhook/default`);
    assert.ok(project.events.includes('payment.expired'));
  } finally {
    await gateway.api('PATCH', '/api/v1/project', { webhook_url: gateway.webhookUrl });
  }
});

test('"Check now" books what was paid', async () => {
  const { orderId, row, paymentId } = await buy();
  await payUnheard(paymentId);
  assert.deepEqual(await shop.do('checkUsdtPayment', 'id', row.id, '{ state }'), { state: 'BOOKED' });
  assertPaid(await shop.order(orderId));
});

// In these the time of the chain passes, and ends whatever waits.

scenario('8: an order whose payment expired is a cart again, and takes no goods', async () => {
  const { buyer, orderId, page, paymentId, thing } = await buy({ stock: 1 });
  gateway.way = { isDown: true };
  await gateway.letExpire(paymentId);
  gateway.way = { times: 1 };
  await shop.reconcile();
  const ended = await shop.order(orderId);
  assertUnpaid(ended, 'AddingItems');
  assert.equal(ended.rows[0].state, 'EXPIRED');
  assert.ok(ended.notes.some((note) => note.includes('is over')));
  assert.equal((await buyer.progress(page.token)).state, 'EXPIRED');
  const other = await buy({ thing });
  await gateway.pay(other.paymentId);
  assertPaid(await shop.order(other.orderId));
});

scenario('8: the payer of an expired payment gets another one', async () => {
  const { buyer, orderId, page, paymentId } = await buy();
  await gateway.letExpire(paymentId);
  await shop.reconcile();
  await buyer.goTo('ArrangingPayment');
  const second = await buyer.pay();
  assert.notEqual(second.paymentUrl, page.paymentUrl);
  const { rows } = await shop.order(orderId);
  await gateway.pay(rows[1].paymentId);
  assertPaid(await shop.order(orderId));
});

test('the end of a payment touches no order that is paid, or that has another payment', async () => {
  const paid = await buy();
  await paid.buyer.payOtherwise();
  const partly = await buy();
  await partly.buyer.payOtherwise('voucher');
  const newer = await buy();
  await newer.buyer.goTo('AddingItems');
  await newer.buyer.add(newer.thing);
  await newer.buyer.goTo('ArrangingPayment');
  const second = await newer.buyer.pay();
  for (const { paymentId } of [paid, partly, newer]) {
    await gateway.api('POST', `/api/v1/payments/${paymentId}/cancel`, { payment_id: Number(paymentId) });
  }
  await shop.reconcile();
  assert.equal((await shop.order(paid.orderId)).state, 'PaymentSettled');
  assert.equal((await shop.order(partly.orderId)).state, 'ArrangingPayment');
  assert.equal((await shop.order(newer.orderId)).state, 'ArrangingPayment');
  assert.equal((await newer.buyer.progress(second.token)).state, 'WAITING');
  for (const { orderId } of [paid, partly, newer]) {
    assert.equal((await shop.order(orderId)).rows[0].state, 'CLOSED');
  }
});

test('what a voucher has not paid is paid', async () => {
  const buyer = new Buyer(shop);
  const { id } = await buyer.checkOut(await shop.thing());
  await buyer.payOtherwise('voucher');
  assert.equal((await buyer.pay()).amount, '5.20');
  const [row] = (await shop.order(id)).rows;
  assert.equal(await post(paidEvent(row)), 200);
  const order = await shop.order(id);
  assert.equal(order.state, 'PaymentSettled');
  assert.deepEqual(order.payments.map(({ amount }) => amount).sort((one, other) => one - other), [100, 520]);
});

scenario('9: late money pays an order whose goods are there', async () => {
  const { orderId, paymentId, thing } = await buy({ stock: 1 });
  await gateway.letExpire(paymentId);
  await shop.reconcile();
  assertUnpaid(await shop.order(orderId), 'AddingItems');
  const event = await gateway.pay(paymentId);
  assert.equal(event.late, true);
  const order = await shop.order(orderId);
  assertPaid(order, event.txid);
  assert.ok(order.notes.some((note) => note.includes('after its time')));
  assert.equal((await shop.stock(thing)).allocated, 1);
});

scenario('10: late money for goods that are sold waits for a person', async () => {
  const { orderId, paymentId, thing } = await buy({ stock: 1 });
  await gateway.letExpire(paymentId);
  await shop.reconcile();
  const other = await buy({ thing });
  await gateway.pay(other.paymentId);
  assert.equal((await shop.stock(thing)).allocated, 1);
  assert.deepEqual((await gateway.pay(paymentId)).statuses, [200]);
  const order = await shop.order(orderId);
  assertUnpaid(order, 'AddingItems');
  assertAttention(order, order.rows[0], /goods are sold/);
  assert.equal((await shop.stock(thing)).allocated, 1, 'nothing is taken twice');
  await assert.rejects(shop.do('acceptUsdtPayment', 'id', order.rows[0].id, '{ state }'), /stock/);
  assert.equal((await shop.order(orderId)).rows[0].state, 'ATTENTION');
});

scenario('10: late money waits for a person where the shop wants that', async () => {
  await shop.set({ latePolicy: 'hold' });
  try {
    const { orderId, paymentId } = await buy();
    const event = await gateway.pay(paymentId, { case: 'late' });
    assert.equal(event.late, true);
    const order = await shop.order(orderId);
    assert.deepEqual(order.payments, []);
    assertAttention(order, order.rows[0], /after its time/);
    assert.deepEqual(await shop.do('acceptUsdtPayment', 'id', order.rows[0].id, '{ state }'), {
      state: 'BOOKED',
    });
    assertPaid(await shop.order(orderId));
  } finally {
    await shop.set();
  }
});

scenario('10: money for a payment that nobody expects any more is not lost', async () => {
  const closed = await buy();
  await shop.change({ paymentId: closed.paymentId }, { state: 'CLOSED' });
  await gateway.pay(closed.paymentId);
  assertPaid(await shop.order(closed.orderId));
  const gone = await buy();
  await shop.change({ paymentId: gone.paymentId }, { orderId: 999_999 });
  assert.deepEqual((await gateway.pay(gone.paymentId)).statuses, [200]);
  const row = await shop.row(gone.paymentId);
  assert.equal(row.state, 'ATTENTION');
  assert.match(row.reason, /not there any more/);
});

scenario('14: what was paid while the shop was down is found', async () => {
  const first = await buy();
  const second = await buy();
  gateway.way = { isDown: true };
  await gateway.pay(first.paymentId);
  await gateway.letExpire(second.paymentId);
  gateway.way = { times: 1 };
  assertUnpaid(await shop.order(first.orderId));
  await shop.reconcile();
  const order = await shop.order(first.orderId);
  assertPaid(order);
  assert.equal((await shop.order(second.orderId)).rows[0].state, 'EXPIRED');
});

scenario('14: a payment whose creation was never answered is found, by its webhook or without', async () => {
  const told = await buy();
  const raw = await payUnheard(told.paymentId);
  const unheard = await buy();
  await payUnheard(unheard.paymentId);
  for (const { paymentId } of [told, unheard]) {
    const forgotten = { paymentId: null, amount: null, paymentUrl: null, expiresAt: null };
    await shop.change({ paymentId }, forgotten);
  }
  assert.equal(await gateway.post(raw), 200);
  assertPaid(await shop.order(told.orderId));
  await shop.reconcile();
  const order = await shop.order(unheard.orderId);
  assertPaid(order);
  assert.equal(order.rows[0].paymentId, unheard.paymentId);
});

if (!isInMemory) {
  scenario(`2, 3: webhooks to two servers at once complete an order once, ${ROUNDS} rounds`, async () => {
    const other = await shop.startAnother({ gateway });
    const urls = [gateway.shop, gateway.shop.replace(shop.url, other.url)];
    const thing = await shop.thing({ stock: 1000 });
    try {
      for (let round = 1; round <= ROUNDS; round++) {
        const { orderId, paymentId } = await buy({ thing });
        const raw = await payUnheard(paymentId);
        const posts = Array.from({ length: AT_ONCE }, (_, at) => {
          return gateway.post(raw, undefined, urls[at % urls.length]);
        });
        assert.deepEqual(await Promise.all(posts), posts.map(() => 200));
        assertPaid(await shop.order(orderId));
        assert.equal((await shop.stock(thing)).allocated, round);
      }
    } finally {
      await other.stop();
    }
  });
}

/** Asks another Vendure on the same data, which has no such plugin. */
async function withoutPlugin(query, variables) {
  const folder = mkdtempSync(join(tmpdir(), 'usdt-checkout-vendure-'));
  const file = isInMemory ? join(folder, 'shop.sqlite') : undefined;
  if (file) await shop.database.query(`VACUUM INTO '${file}'`);
  const other = await shop.startAnother({ file });
  try {
    const administrator = await Administrator.logIn(other.url);
    return await administrator.call(query, variables);
  } finally {
    await other.stop();
    rmSync(folder, { recursive: true });
  }
}

scenario('20: once the plugin is gone, only the notes and payments of orders stay', async () => {
  const { orderId, paymentId } = await buy();
  await gateway.pay(paymentId);
  const before = await shop.order(orderId);
  await shop.reconcile();
  const runner = shop.database.createQueryRunner();
  await removeUsdtCheckout(runner);
  const tables = shop.database.entityMetadatas.map(({ tableName }) => tableName);
  const own = tables.filter((name) => name.startsWith('usdt'));
  assert.equal(own.length, 2);
  for (const table of own) assert.equal(await runner.hasTable(table), false);
  const tasks = await runner.query('SELECT * FROM scheduled_task_record');
  assert.ok(tasks.length > 0);
  assert.ok(!JSON.stringify(tasks).includes('usdt'));
  await removeUsdtCheckout(runner);
  const { order } = await withoutPlugin(
    'query ($id: ID!) { order(id: $id) { state payments { transactionId } history { items { type data } } } }',
    { id: orderId },
  );
  assert.equal(order.state, 'PaymentSettled');
  assert.equal(order.payments[0].transactionId, before.payments[0].transactionId);
  assert.ok(order.history.items.some(({ type, data }) => type === 'ORDER_NOTE' && data.note.includes(paymentId)));
});
