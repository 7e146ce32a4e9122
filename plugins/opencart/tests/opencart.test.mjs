// The scenarios of a shop, in OpenCart with the real gateway on a simulated chain.
//
//   OPENCART_DIR=/srv/shop [ROUNDS=50] node --test opencart.test.mjs

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { until } from '../../testkit/gateway.mjs';
import { runsOn, scenario } from '../../testkit/scenario.mjs';
import { Buyer, SETTINGS, Shop, STATES } from './shop.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 5);
const AT_ONCE = 6;
const PAID_STATES = ['2', '3', '5', '12'];
const TAKING_STATES = ['1', ...PAID_STATES];
const run = promisify(execFile);

let shop;

before(async () => {
  shop = await Shop.open(process.env.OPENCART_DIR);
  runsOn({
    name: 'OpenCart',
    version: shop.version,
    on: shop.isReal ? 'MariaDB' : 'SQLite',
    isReal: shop.isReal,
    file: shop.isReal ? `opencart-${shop.version}` : 'opencart-double',
  });
  console.log(`OpenCart ${shop.version}, ${shop.isReal ? 'the real one' : 'a double'}`);
  assert.equal((await set()).error, undefined);
});

after(() => shop?.close());

/** Settings as the form sends them. */
function set(changes = {}) {
  const { url, key, secret } = shop.gateway;
  return shop.admin.save({ ...SETTINGS, gateway_url: url, api_key: key, api_secret: secret, ...changes });
}

/** Does the work while orders that wait take no goods, so that completing one does. */
async function whilePayingTakesGoods(work) {
  await shop.setting('config_processing_status', PAID_STATES);
  try {
    await work();
  } finally {
    await shop.setting('config_processing_status', TAKING_STATES);
  }
}

/** An order that waits for its payment. */
async function buy({ stock, price, thing } = {}) {
  const product = thing ?? (await shop.product({ stock, price }));
  const buyer = new Buyer(shop);
  const url = await buyer.checkout(product);
  const { redirect, error } = await buyer.json(url, { method: 'POST' });
  assert.ok(redirect, error);
  const [row] = await shop.rows('SELECT * FROM oc_usdt_checkout_payment WHERE payment_url = ?', redirect);
  return { buyer, url, redirect, thing: product, row, id: Number(row.order_id), paymentId: row.payment_id };
}

/** A payment whose webhook did not get through, as its body. */
async function payUnheard(paymentId) {
  shop.gateway.way = { isDown: true };
  try {
    return (await shop.pay(paymentId)).raw;
  } finally {
    shop.gateway.way = { times: 1 };
  }
}

const paidEvent = (row, changes = {}) => ({
  payment_id: Number(row.payment_id),
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

const postPaid = (row, changes) => shop.post(JSON.stringify(paidEvent(row, changes)));

scenario('1: an order is paid', async () => {
  const { buyer, id, redirect, row, paymentId, thing } = await buy({ stock: 3 });
  assert.equal((await shop.order(id)).status, STATES.pending);
  assert.equal(redirect, (await shop.gateway.status(paymentId)).payment_url);
  assert.match(row.reference, new RegExp(`^[a-z2-7]{8}-${id}-1$`));
  const event = await shop.pay(paymentId);
  assert.deepEqual(event.statuses, [200]);
  const paid = await shop.order(id);
  assert.equal(paid.status, STATES.processing);
  assert.equal(paid.completed, 1);
  assert.equal(paid.rows[0].state, 'booked');
  assert.equal(paid.rows[0].txid, event.txid);
  assert.ok(paid.notes.some((note) => note.includes(event.txid)));
  if (shop.version.startsWith('4.')) assert.equal(paid.transaction, event.txid);
  assert.equal(await shop.stock(thing), 2);
  const back = await buyer.comeBack(row.token);
  assert.equal(back.status, 303);
  assert.match(back.headers.get('location'), /route=checkout\/success/);
  await buyer.ask(back.headers.get('location'));
  await assert.rejects(async () => shop.kind.confirm(buyer), 'the cart is empty');
});

test('the browser comes back from another site, and keeps its session', async () => {
  const { buyer, row, paymentId } = await buy();
  const cookies = new Map(buyer.cookies);
  await shop.pay(paymentId);
  const { landed, status, headers } = await buyer.comeBack(row.token);
  assert.deepEqual(landed.headers.getSetCookie(), []);
  assert.match(landed.headers.get('cache-control'), /no-store/);
  assert.equal(status, 303);
  assert.match(headers.get('location'), /checkout\/success/);
  assert.equal(buyer.cookies.get('OCSESSID'), cookies.get('OCSESSID'));
});

test('an old way back does not empty the next cart', async () => {
  const { buyer, row, paymentId } = await buy();
  await shop.pay(paymentId);
  await buyer.ask((await buyer.comeBack(row.token)).headers.get('location'));
  await shop.kind.fill(buyer, await shop.product());
  const again = await buyer.comeBack(row.token);
  assert.equal(again.status, 200);
  assert.match(again.text, /Payment received/);
  assert.ok((await shop.kind.methods(buyer)).includes('usdt_checkout'), 'the cart is still full');
});

test('the title is text, and no HTML', async () => {
  await set({ title: '<b>USDT</b>' });
  const methods = JSON.stringify(await shop.kind.describe(await fillCart()));
  assert.ok(methods.includes('&lt;b&gt;USDT') && !methods.includes('<b>USDT'), methods);
  await set();
});

async function fillCart() {
  const buyer = new Buyer(shop);
  await shop.kind.fill(buyer, await shop.product());
  return buyer;
}

test('several clicks make one payment, one by one and at once', async () => {
  const product = await shop.product();
  const buyer = new Buyer(shop);
  const url = await buyer.checkout(product);
  const clicks = await Promise.all([1, 2, 3, 4].map(() => buyer.json(url, { method: 'POST' })));
  clicks.push(await buyer.json(url, { method: 'POST' }));
  assert.equal(new Set(clicks.map((click) => click.redirect)).size, 1, JSON.stringify(clicks));
  const rows = await shop.rows('SELECT * FROM oc_usdt_checkout_payment WHERE payment_url = ?', clicks[0].redirect);
  const { notes } = await shop.order(rows[0].order_id);
  assert.equal(notes.length, 1);
  assert.ok(rows[0].lock_until - rows[0].created_at < 120, 'nobody waits long for a click that broke off');
  const [{ data }] = await shop.rows('SELECT data FROM oc_session WHERE session_id = ?', buyer.cookies.get('OCSESSID'));
  assert.equal(JSON.parse(data).order_id, undefined, 'the checkout makes another order from now on');
});

scenario(`2: six webhooks at once complete an order once, ${ROUNDS} rounds`, () =>
  whilePayingTakesGoods(async () => {
    const thing = await shop.product({ stock: 1000 });
    try {
      for (let round = 1; round <= ROUNDS; round++) {
        const { id, paymentId } = await buy({ thing });
        shop.gateway.way = { times: AT_ONCE };
        const { statuses } = await shop.pay(paymentId);
        assert.equal(statuses.length, AT_ONCE);
        assert.ok(statuses.every((status) => status === 200 || status === 503), String(statuses));
        const order = await shop.order(id);
        assert.equal(order.completed, 1, `round ${round}`);
        assert.equal(order.rows[0].state, 'booked');
        assert.equal(await shop.stock(thing), 1000 - round, `round ${round}`);
      }
    } finally {
      shop.gateway.way = { times: 1 };
    }
  }),
);

scenario(`3: webhooks and the payer's return at once complete an order once, ${ROUNDS} rounds`, () =>
  whilePayingTakesGoods(async () => {
    const thing = await shop.product({ stock: 1000 });
    for (let round = 1; round <= ROUNDS; round++) {
      const { buyer, id, row, paymentId } = await buy({ thing });
      const raw = await payUnheard(paymentId);
      const visits = [0, 1, 2].map(() => buyer.comeBack(row.token));
      const posts = [0, 1, 2].map(() => shop.post(raw));
      await Promise.all([...visits, ...posts]);
      const order = await shop.order(id);
      assert.equal(order.completed, 1, `round ${round}`);
      assert.equal(order.status, STATES.processing);
      assert.equal(await shop.stock(thing), 1000 - round, `round ${round}`);
    }
  }),
);

scenario('4: a wrong signature changes nothing', async () => {
  const { id, row } = await buy();
  const body = JSON.stringify(paidEvent(row));
  const good = shop.gateway.sign(body);
  const bad = [{}, { 'x-signature': '' }, { 'x-signature': '0'.repeat(64) }, { 'x-signature': good.slice(1) }];
  bad.push({ 'x-signature': `sha256=${good}` }, { 'x-signature': Buffer.from(`é${good.slice(1)}`).toString('latin1') });
  for (const headers of bad) assert.equal(await shop.post(body, headers), 401, JSON.stringify(headers));
  assert.equal(await shop.post(`${body} `, { 'x-signature': good }), 401);
  assert.equal((await shop.order(id)).status, STATES.pending);
  assert.equal(await shop.post(body, { 'x-signature': good.toUpperCase() }), 200);
  assert.equal((await shop.order(id)).status, STATES.processing);
});

for (const [name, changes] of Object.entries({
  amount: { amount: '0.01' },
  order: { order_id: 'other-1-1' },
  currency: { currency: 'USDC' },
  network: { network: 'ERC20' },
})) {
  scenario(`5: another ${name} than was asked for completes no order`, async () => {
    const { id, row } = await buy();
    assert.equal(await postPaid(row, changes), 200);
    assert.equal(await postPaid(row, changes), 200);
    const order = await shop.order(id);
    assert.equal(order.status, STATES.pending);
    assert.equal(order.completed, 0);
    assert.equal(order.rows[0].state, 'attention');
    assert.equal(order.notes.filter((note) => note.includes('differs')).length, 1);
  });
}

scenario('5: less than was due waits for a person, but for the tolerance', async () => {
  await set({ held_status_id: STATES.denied });
  const short = await buy();
  assert.equal(await postPaid(short.row, { received_amount: '6.10' }), 200);
  const held = await shop.order(short.id);
  assert.equal(held.status, STATES.denied);
  assert.equal(held.completed, 0);
  assert.equal(held.rows[0].state, 'attention');
  await set({ tolerance: '0,1' });
  const tolerated = await buy();
  assert.equal(await postPaid(tolerated.row, { received_amount: '6.10' }), 200);
  assert.equal((await shop.order(tolerated.id)).status, STATES.processing);
  await set();
});

scenario('6: money for an order of somebody else is written down once', async () => {
  const row = { payment_id: '4711', reference: 'elsewhere-7-1', amount: '5.00' };
  const mails = () => shop.mailed().split('elsewhere-7-1').length - 1;
  assert.equal(await postPaid(row), 200);
  const first = mails();
  assert.ok(first > 0, 'the owner gets a mail');
  assert.equal(await postPaid(row), 200);
  assert.equal(mails(), first);
  const rows = await shop.rows('SELECT * FROM oc_usdt_checkout_payment WHERE order_id = 0');
  assert.deepEqual(rows.map((one) => [one.payment_id, one.state]), [['4711', 'attention']]);
});

scenario('7: the same webhook days later changes nothing', async () => {
  const { id, paymentId, thing } = await buy({ stock: 5 });
  const { raw } = await shop.pay(paymentId);
  const before = await shop.order(id);
  await shop.sql('UPDATE oc_usdt_checkout_payment SET created_at = created_at - 432000 WHERE order_id = ?', id);
  for (const status of [STATES.complete, STATES.refunded, STATES.pending]) {
    await shop.sql('UPDATE oc_order SET order_status_id = ? WHERE order_id = ?', status, id);
    assert.equal(await shop.post(raw), 200);
    const order = await shop.order(id);
    assert.equal(order.status, status);
    assert.deepEqual(order.notes, before.notes);
  }
  assert.equal(await shop.stock(thing), 4);
});

scenario('11: an order that was paid otherwise meanwhile is left alone', async () => {
  const { id, paymentId } = await buy({ stock: 5 });
  await shop.sql('UPDATE oc_order SET order_status_id = ? WHERE order_id = ?', STATES.complete, id);
  await shop.pay(paymentId);
  const order = await shop.order(id);
  assert.equal(order.status, STATES.complete);
  assert.equal(order.completed, 0);
  assert.equal(order.rows[0].state, 'attention');
  assert.ok(order.notes.some((note) => note.includes('waits for no payment')));
});

scenario('11: an order that was paid before, and was set back, is left alone', async () => {
  const { id, paymentId } = await buy();
  await shop.sql(
    "INSERT INTO oc_order_history (order_id, order_status_id, notify, comment, date_added) VALUES (?, ?, 0, '', '2026-01-01')",
    id,
    STATES.complete,
  );
  await shop.pay(paymentId);
  const order = await shop.order(id);
  assert.equal(order.status, STATES.pending);
  assert.equal(order.rows[0].state, 'attention');
  assert.ok(order.notes.some((note) => note.includes('paid before')));
});

scenario('11: an order that waits for another method by now is left alone', async () => {
  const { id, paymentId } = await buy();
  const [column, value] = shop.version.startsWith('3.')
    ? ['payment_code', 'cod']
    : ['payment_method', '{"name":"Cash","code":"cod.cod"}'];
  await shop.sql(`UPDATE oc_order SET ${column} = ? WHERE order_id = ?`, value, id);
  await shop.pay(paymentId);
  const order = await shop.order(id);
  assert.equal(order.status, STATES.pending);
  assert.equal(order.rows[0].state, 'attention');
});

scenario('12, 13: another total makes another payment, and the old one pays nothing', async () => {
  const { buyer, id, row, paymentId } = await buy();
  await shop.sql("UPDATE oc_order SET total = '9.9900' WHERE order_id = ?", id);
  const again = await buyer.ask(`${shop.kind.route('again')}&token=${row.token}`);
  const changed = await shop.order(id);
  assert.equal(changed.rows.length, 2);
  assert.match(changed.rows[1].reference, /-2$/);
  assert.equal(again.headers.get('location'), changed.rows[1].payment_url);
  assert.equal(changed.rows[1].amount, '9.99');
  assert.notEqual(changed.rows[1].payment_id, paymentId);
  const { statuses } = await shop.pay(paymentId);
  assert.deepEqual(statuses, [200]);
  const old = await shop.order(id);
  assert.equal(old.status, STATES.pending);
  assert.equal(old.rows[0].state, 'attention');
  assert.ok(old.notes.some((note) => note.includes('earlier attempt')));
  await shop.pay(changed.rows[1].payment_id);
  const paid = await shop.order(id);
  assert.equal(paid.status, STATES.processing);
  assert.equal(paid.completed, 1);
});

scenario('12: a total that was changed after the payment was made waits for a person', async () => {
  const { id, paymentId } = await buy();
  await shop.sql("UPDATE oc_order SET total = '9.9900' WHERE order_id = ?", id);
  await shop.pay(paymentId);
  const order = await shop.order(id);
  assert.equal(order.status, STATES.pending);
  assert.equal(order.rows[0].state, 'attention');
  assert.ok(order.notes.some((note) => note.includes('costs 9.99')));
});

test('only the payer pays an order again', async () => {
  const { row, id } = await buy();
  const stranger = await new Buyer(shop).ask(`${shop.kind.route('again')}&token=${row.token}`);
  assert.equal(stranger.status, 404);
  assert.equal((await shop.order(id)).rows.length, 1);
});

async function stateOf(name) {
  const rows = await shop.rows('SELECT content FROM oc_usdt_checkout_state WHERE name = ?', name);
  return JSON.parse(rows[0].content);
}

scenario('15: a copy of the shop stops by itself, and has other payments once it is told to be a copy', async () => {
  const { id, paymentId, row, buyer } = await buy();
  const original = await stateOf('shop');
  const elsewhere = JSON.stringify({ ...original, home: 'original.example' });
  await shop.sql("UPDATE oc_usdt_checkout_state SET content = ? WHERE name = 'shop'", elsewhere);
  assert.ok(!(await new Buyer(shop).methods(await shop.product())).includes('usdt_checkout'));
  assert.equal(await postPaid(row), 503);
  await shop.runCheck();
  const { text } = await shop.admin.settings();
  assert.match(text, /it was set up for original\.example/);
  assert.equal((await shop.order(id)).status, STATES.pending);
  await shop.admin.press(text, 'copy');
  const copy = await stateOf('shop');
  assert.notEqual(copy.name, original.name);
  assert.equal(copy.home, original.home);
  assert.equal((await shop.order(id)).rows[0].state, 'closed');
  const again = await buyer.ask(`${shop.kind.route('again')}&token=${row.token}`);
  const rows = (await shop.order(id)).rows;
  assert.equal(again.headers.get('location'), rows[1].payment_url);
  assert.ok(rows[1].reference.startsWith(copy.name));
  assert.notEqual(rows[1].payment_id, paymentId);
});

test('a shop that has moved goes on under its name', async () => {
  const { id, paymentId } = await buy();
  const original = await stateOf('shop');
  const elsewhere = JSON.stringify({ ...original, home: 'old.example' });
  await shop.sql("UPDATE oc_usdt_checkout_state SET content = ? WHERE name = 'shop'", elsewhere);
  await shop.admin.press((await shop.admin.settings()).text, 'moved');
  assert.deepEqual(await stateOf('shop'), original);
  await shop.pay(paymentId);
  assert.equal((await shop.order(id)).status, STATES.processing);
});

scenario('15: a shop that is set up anew with the same numbers has other payments', async () => {
  const first = await buy();
  await shop.pay(first.paymentId);
  for (const table of ['oc_usdt_checkout_payment', 'oc_usdt_checkout_state']) await shop.sql(`DELETE FROM ${table}`);
  for (const table of ['oc_order', 'oc_order_history']) await shop.sql(`DELETE FROM ${table} WHERE order_id >= ?`, first.id);
  await shop.sql(
    shop.isReal ? `ALTER TABLE oc_order AUTO_INCREMENT = ${first.id}` : "DELETE FROM sqlite_sequence WHERE name = 'oc_order'",
  );
  const second = await buy();
  assert.equal(second.id, first.id);
  const [name, another] = [first, second].map(({ row }) => row.reference.split('-')[0]);
  assert.notEqual(another, name);
  assert.notEqual(second.paymentId, first.paymentId);
  assert.equal((await shop.order(second.id)).status, STATES.pending);
});

test('an ID that the gateway knows already gets another attempt', async () => {
  const { name } = await stateOf('shop');
  const [{ last }] = await shop.rows('SELECT MAX(order_id) AS last FROM oc_order');
  for (let next = 1; next <= 2; next++) {
    const { payment } = await shop.gateway.api('POST', '/api/create-payment.php', {
      order_id: `${name}-${Number(last) + next}-1`,
      amount: '6.20',
    });
    await shop.gateway.api('POST', '/api/v1/test/pay', { payment_id: payment.payment_id, case: 'exact' });
    await until(async () => (await shop.gateway.status(payment.payment_id)).status === 'paid');
  }
  const { id, row } = await buy();
  assert.match(row.reference, /-2$/);
  assert.equal((await shop.order(id)).status, STATES.pending);
});

scenario('10: money for a payment that nobody expects any more is not lost', async () => {
  const { id, paymentId } = await buy();
  await shop.sql("UPDATE oc_usdt_checkout_payment SET state = 'closed' WHERE order_id = ?", id);
  await shop.pay(paymentId);
  assert.equal((await shop.order(id)).status, STATES.processing);
});

scenario('16: no refund is offered', async () => {
  const { id, paymentId } = await buy();
  await shop.pay(paymentId);
  const { text } = await shop.admin.tab(id);
  assert.match(text, /A transfer cannot be taken back/);
  assert.ok(!/data-usdt-checkout="[^"]*refund/.test(text));
});

scenario('17: payers see the method where the currency of the shop can be paid', async () => {
  const isOffered = async (currency) => {
    await shop.setting('config_currency', currency);
    return (await new Buyer(shop).methods(await shop.product())).includes('usdt_checkout');
  };
  try {
    assert.equal(await isOffered('EUR'), false, 'until the gateway has been asked');
    const { lines } = await shop.admin.act('connection');
    assert.ok(lines.some(([isGood, text]) => isGood && text.includes('EUR')), JSON.stringify(lines));
    assert.equal(await isOffered('EUR'), true);
    const { id, row, paymentId } = await buy();
    assert.equal(row.price_amount, '6.20');
    assert.equal(row.price_currency, 'EUR');
    const { amount, price } = await shop.gateway.status(paymentId);
    assert.equal(price.currency, 'EUR');
    assert.equal(row.amount, amount);
    assert.notEqual(amount, '6.20');
    await shop.pay(paymentId);
    assert.equal((await shop.order(id)).status, STATES.processing);
    assert.equal(await isOffered('GBP'), false);
    await shop.admin.act('connection');
    assert.equal(await isOffered('GBP'), false);
  } finally {
    await shop.setting('config_currency', 'USD');
  }
});

scenario('17: whatever currency a payer looks at, the shop is paid in its own', async () => {
  const buyer = new Buyer(shop);
  buyer.cookies.set('currency', 'EUR');
  const { redirect } = await buyer.buy(await shop.product());
  const [row] = await shop.rows('SELECT * FROM oc_usdt_checkout_payment WHERE payment_url = ?', redirect);
  const [order] = await shop.rows('SELECT * FROM oc_order WHERE order_id = ?', row.order_id);
  assert.equal(order.currency_code, 'EUR');
  assert.deepEqual([row.price_amount, row.price_currency, row.amount], ['6.20', 'USD', '6.20']);
});

test('payers elsewhere do not see the method', async () => {
  const offered = async () => (await new Buyer(shop).methods(await shop.product())).includes('usdt_checkout');
  await shop.setting('config_checkout_payment_address', '1');
  const { id } = await shop.sql(
    "INSERT INTO oc_geo_zone (name, description) VALUES ('test', '')",
  );
  await set({ geo_zone_id: String(id) });
  assert.equal(await offered(), false);
  await shop.sql('INSERT INTO oc_zone_to_geo_zone (geo_zone_id, country_id, zone_id) VALUES (?, 81, 0)', id);
  assert.equal(await offered(), true);
  await set();
});

scenario('18: nobody learns a secret from the gateway or from the page', async () => {
  const { row, paymentId, buyer } = await buy();
  const open = await fetch(`${shop.gateway.url}/api/payment-status.php?payment_id=${paymentId}`);
  const text = await open.text();
  assert.ok(text.includes(row.token), 'the way back is in it');
  await shop.admin.settings();
  const secrets = [buyer.cookies.get('OCSESSID'), shop.gateway.secret, (await stateOf('cron')).key, 'ann@buyer.example'];
  await shop.pay(paymentId);
  const stranger = new Buyer(shop);
  const page = await stranger.comeBack(row.token);
  assert.equal(page.status, 200);
  assert.match(page.text, /Payment received/);
  assert.deepEqual(await stranger.poll(row.token), { state: 'paid' });
  for (const secret of secrets) for (const seen of [text, page.text, page.landed.text]) assert.ok(!seen.includes(secret));
});

test('the page of the return tells how the payment stands', async () => {
  const { buyer, id, row, redirect } = await buy();
  const waiting = await buyer.comeBack(row.token);
  assert.ok(waiting.text.includes(redirect.replaceAll('&', '&amp;')));
  assert.equal((await buyer.poll(row.token)).state, 'waiting');
  const soon = Math.ceil(Date.now() / 1000) + 100;
  await shop.sql('UPDATE oc_usdt_checkout_payment SET asked_at = ? WHERE order_id = ?', soon, id);
  await buyer.poll(row.token);
  assert.equal(Number((await shop.order(id)).rows[0].asked_at), soon, 'the gateway is not asked each time');
  for (const token of ['0'.repeat(32), "x'--", '']) {
    assert.equal((await buyer.ask(`${shop.kind.route('back')}&here=1&token=${token}`)).status, 404);
  }
  await postPaid(row, { amount: '1.00' });
  const review = await buyer.comeBack(row.token);
  assert.equal(review.status, 200);
  assert.match(review.text, /under review/);
  const onwards = await buyer.ask(/href="([^"]*goes_on[^"]*)"/.exec(review.text)[1]);
  assert.match(onwards.headers.get('location'), /checkout\/success/);
});

test('payers read the page in their language', async () => {
  const add = 'INSERT INTO oc_language (name, code, locale, image, directory, sort_order, status)';
  const plain = 'INSERT INTO oc_language (name, code, locale, sort_order, status)';
  const forget = () => {
    const cache = join(shop.folder, 'system/storage/cache');
    if (!existsSync(cache)) return;
    for (const file of readdirSync(cache)) if (file.includes('language')) rmSync(join(cache, file));
  };
  await (shop.version.startsWith('3.')
    ? shop.sql(`${add} VALUES ('Deutsch', 'de-de', 'de', '', '', 2, 1)`)
    : shop.sql(`${plain} VALUES ('Deutsch', 'de-de', 'de', 2, 1)`));
  forget();
  try {
    const buyer = new Buyer(shop);
    buyer.cookies.set('language', 'de-de');
    const page = await buyer.ask(`${shop.kind.route('back')}&here=1&token=none&language=de-de`);
    assert.match(page.text, /lang="de"/);
    assert.match(page.text, /Zahlung nicht gefunden/);
  } finally {
    await shop.sql("DELETE FROM oc_language WHERE code = 'de-de'");
    forget();
  }
});

/** The time passes after which a lock is given up. */
const ageLocks = async () =>
  (await shop.sql('UPDATE oc_usdt_checkout_payment SET lock_until = lock_until - 700 WHERE lock_key IS NOT NULL')).count;

for (const when of ['before', 'after']) {
  scenario(`19: a request that breaks off ${when} OpenCart's own step loses nothing and doubles nothing`, async () => {
    const { id, paymentId, thing } = await buy({ stock: 5 });
    const raw = await payUnheard(paymentId);
    await shop.sql('INSERT INTO oc_usdt_test (crash) VALUES (?)', when);
    await shop.post(raw);
    assert.equal((await shop.order(id)).rows[0].state, 'waiting');
    if (when === 'before') assert.equal(await shop.post(raw), 503, 'while the lock is young');
    assert.equal(await ageLocks(), 1, 'it broke off with the lock');
    assert.equal(await shop.post(raw), 200);
    const order = await shop.order(id);
    assert.equal(order.status, STATES.processing);
    assert.equal(order.completed, 1);
    assert.equal(order.rows[0].state, 'booked');
    assert.equal(await shop.stock(thing), 4);
  });
}

/** Lets OpenCart fail in the middle of its own step: the goods are taken, and the order does not say so yet. */
async function whileOrdersCannotChange(work) {
  await shop.sql(
    shop.isReal
      ? "CREATE TRIGGER usdt_test_order BEFORE UPDATE ON oc_order FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'test'"
      : "CREATE TRIGGER usdt_test_order BEFORE UPDATE ON oc_order BEGIN SELECT RAISE(ABORT, 'test'); END",
  );
  try {
    await work();
  } finally {
    await shop.sql('DROP TRIGGER usdt_test_order');
  }
}

scenario('19: an error in the middle of it does not take the goods twice', async () => {
  const { id, paymentId, thing } = await buy({ stock: 5 });
  const raw = await payUnheard(paymentId);
  await whileOrdersCannotChange(async () => assert.equal(await shop.post(raw), 500));
  assert.equal((await shop.order(id)).rows[0].state, 'waiting');
  assert.equal(await shop.post(raw), 200);
  assert.equal((await shop.order(id)).status, STATES.processing);
  assert.equal(await shop.stock(thing), 4);
});

scenario('19: where the goods may have been taken, a person decides', () =>
  whilePayingTakesGoods(async () => {
    const { id, paymentId, thing } = await buy({ stock: 5 });
    const raw = await payUnheard(paymentId);
    await whileOrdersCannotChange(async () => assert.equal(await shop.post(raw), 500));
    assert.equal(await shop.stock(thing), 4, 'they were');
    assert.equal(await shop.post(raw), 200);
    const order = await shop.order(id);
    assert.equal(order.status, STATES.pending);
    assert.equal(order.rows[0].state, 'attention');
    assert.ok(order.notes.some((note) => note.includes('broke off')));
    assert.equal(await shop.stock(thing), 4);
  }),
);

test('a gateway that does not answer costs no order', async () => {
  const buyer = new Buyer(shop);
  await set({ gateway_url: 'http://127.0.0.1:9' });
  const url = await buyer.checkout(await shop.product());
  const refused = await buyer.json(url, { method: 'POST' });
  assert.match(refused.error, /possible right now/);
  await set();
  const { redirect } = await buyer.json(url, { method: 'POST' });
  const [row] = await shop.rows('SELECT * FROM oc_usdt_checkout_payment WHERE payment_url = ?', redirect);
  assert.match(row.reference, /-1$/);
  await shop.pay(row.payment_id);
  assert.equal((await shop.order(row.order_id)).status, STATES.processing);
});

test('the settings never show the secret, keep it where the field is empty, and refuse what cannot be', async () => {
  await set({ api_secret: '' });
  assert.ok(!(await shop.admin.settings()).text.includes(shop.gateway.secret));
  assert.equal((await shop.admin.act('connection')).lines[0][0], true);
  assert.equal((await shop.admin.save({ tolerance: '' })).error, undefined);
  assert.equal((await shop.admin.act('connection')).lines[0][0], true, 'what was not sent stays');
  await set({ api_secret: 'sk_test_wrong' });
  const { lines } = await shop.admin.act('connection');
  assert.equal(lines[0][0], false);
  assert.match(lines[0][1], /Invalid signature/);
  await set();
  const wrong = {
    gateway_url: 'pay.example.com/path',
    tolerance: 'much',
    late_policy: 'never',
    paid_status_id: STATES.denied,
    expired_status_id: STATES.pending,
    held_status_id: STATES.complete,
  };
  for (const [name, value] of Object.entries(wrong)) {
    const { success, error } = await set({ [name]: value });
    assert.ok(!success && error, name);
  }
  assert.ok((await set({ paid_status_id: STATES.pending })).error);
  assert.match((await shop.admin.settings()).text, new RegExp(`value="${shop.gateway.url}"`));
});

test('the webhook is set and tested by a button', async () => {
  const { events } = (await shop.gateway.api('GET', '/api/v1/project')).project;
  const { lines } = await shop.admin.act('webhook');
  assert.equal(lines.length, 1, JSON.stringify(lines));
  assert.equal(lines[0][0], true, JSON.stringify(lines));
  const { project } = await shop.gateway.api('GET', '/api/v1/project');
  assert.equal(project.webhook_url, shop.gateway.shop);
  assert.ok(project.events.includes('payment.expired'));
  try {
    const { id, paymentId } = await buy();
    // Straight from the gateway, with all of its headers.
    await shop.gateway.api('POST', '/api/v1/test/pay', { payment_id: Number(paymentId), case: 'exact' });
    await until(async () => (await shop.order(id)).status === STATES.processing);
  } finally {
    // The tests below say themselves when the shop hears of an end.
    await shop.gateway.api('PATCH', '/api/v1/project', { webhook_url: shop.gateway.webhookUrl, events });
  }
});

test('only who may change the method does so', async () => {
  const { row, id } = await buy();
  await postPaid(row, { amount: '1.00' });
  const { text } = await shop.admin.settings();
  assert.ok(text.includes(row.payment_id));
  const stranger = new Buyer(shop);
  const path = shop.admin.path(shop.kind.adminRoute('act'));
  await stranger.ask(path, { form: { do: 'settle', reference: row.reference } });
  assert.equal((await shop.order(id)).rows[0].state, 'attention');
  const key = await stranger.ask(`${shop.kind.route('check')}&key=0`, { form: { reference: row.reference } });
  assert.equal(key.status, 403);
  assert.equal((await stranger.ask(`${shop.kind.route('cron')}&key=0`)).status, 403);
  const tab = await shop.admin.tab(id);
  assert.ok(tab.text.includes(row.reference));
  assert.equal((await shop.admin.press(tab.text, 'settle')).isDone, true);
  assert.equal((await shop.order(id)).rows[0].state, 'settled');
});

test('somebody who may only look gets no buttons', async () => {
  const admin = await shop.kind.addOnlooker(shop);
  const { row, id, paymentId } = await buy();
  const { text } = await admin.tab(id);
  assert.ok(text.includes(row.reference));
  assert.ok(!text.includes('data-usdt-checkout='));
  const answer = await admin.ask(admin.path(shop.kind.adminRoute('act')), { form: { do: 'copy', reference: '' } });
  assert.equal(answer.status, 403);
  assert.ok((await admin.save({ status: '0' })).error);
  assert.equal((await shop.gateway.status(paymentId)).status, 'pending');
});

test('"Check now" books what was paid', async () => {
  const { id, paymentId } = await buy();
  await payUnheard(paymentId);
  const { text } = await shop.admin.tab(id);
  assert.equal((await shop.admin.press(text, 'check')).isDone, true);
  assert.equal((await shop.order(id)).status, STATES.processing);
});

scenario('14: what was paid while the shop was down is found by the regular check, once', async () => {
  const { id, paymentId, thing } = await buy({ stock: 5 });
  await payUnheard(paymentId);
  assert.equal((await shop.order(id)).status, STATES.pending);
  await Promise.all([1, 2, 3].map(() => shop.runCheck()));
  await shop.runCheck();
  const order = await shop.order(id);
  assert.equal(order.status, STATES.processing);
  assert.equal(order.completed, 1);
  assert.equal(await shop.stock(thing), 4);
});

scenario("14: the server's own cron finds it, too", async () => {
  const { id, paymentId } = await buy();
  await payUnheard(paymentId);
  await shop.sql('UPDATE oc_usdt_checkout_payment SET check_at = 0');
  await run('php', [join(shop.folder, shop.kind.cron)]);
  assert.equal((await shop.order(id)).status, STATES.processing);
});

scenario("14: OpenCart's own cron finds it, too", async (context) => {
  if (!shop.kind.hasCron) return context.skip('3.0 has none');
  const { id, paymentId } = await buy();
  await payUnheard(paymentId);
  await shop.sql('UPDATE oc_usdt_checkout_payment SET check_at = 0');
  await shop.sql("UPDATE oc_cron SET date_modified = '2020-01-01' WHERE code = 'usdt_checkout'");
  // 4.1.0.4 forgets to load its libraries here.
  const libraries = join(shop.folder, 'system/storage/vendor/autoload.php');
  const options = existsSync(libraries) ? ['-d', `auto_prepend_file=${libraries}`] : [];
  await run('php', [...options, 'cron.php'], { cwd: shop.folder });
  assert.equal((await shop.order(id)).status, STATES.processing);
});

scenario('14: a payment whose creation was never answered is found', async () => {
  const { id, row, paymentId } = await buy();
  const raw = await payUnheard(paymentId);
  await shop.sql(
    'UPDATE oc_usdt_checkout_payment SET payment_id = NULL, payment_url = NULL, amount = NULL, expires_at = NULL WHERE order_id = ?',
    id,
  );
  assert.equal(await shop.post(raw), 200);
  const order = await shop.order(id);
  assert.equal(order.status, STATES.processing);
  assert.equal(order.rows[0].payment_id, row.payment_id);
});

// In these the time of the chain passes, and ends whatever waits.

scenario('8: an order whose time is over ends, and its goods are free again', async () => {
  const { buyer, id, row, thing, paymentId } = await buy({ stock: 1 });
  assert.equal(await shop.stock(thing), 0, 'they are kept');
  await shop.gateway.letExpire(paymentId);
  await shop.runCheck();
  const ended = await shop.order(id);
  assert.equal(ended.status, STATES.expired);
  assert.equal(ended.rows[0].state, 'expired');
  assert.equal(await shop.stock(thing), 1);
  const page = await buyer.comeBack(row.token);
  assert.match(page.text, /Try again/);
  const again = await buyer.ask(/href="([^"]*again[^"]*)"/.exec(page.text)[1]);
  const { rows, status } = await shop.order(id);
  assert.equal(rows.length, 2);
  assert.equal(status, STATES.pending);
  assert.equal(again.headers.get('location'), rows[1].payment_url);
  assert.equal(await shop.stock(thing), 0);
  await shop.pay(rows[1].payment_id);
  assert.equal((await shop.order(id)).status, STATES.processing);
  assert.equal(await shop.stock(thing), 0);
});

test('nobody pays again for goods that are sold', async () => {
  const { buyer, id, row, thing, paymentId } = await buy({ stock: 1 });
  await shop.gateway.letExpire(paymentId);
  await shop.runCheck();
  await buy({ thing });
  const again = await buyer.ask(`${shop.kind.route('again')}&token=${row.token}`);
  assert.equal(again.status, 503);
  assert.equal((await shop.order(id)).rows.length, 1);
});

scenario('8: an order that the merchant has moved on does not end', async () => {
  const { id, paymentId } = await buy();
  await shop.sql('UPDATE oc_order SET order_status_id = ? WHERE order_id = ?', STATES.complete, id);
  await shop.gateway.letExpire(paymentId);
  await shop.runCheck();
  assert.equal((await shop.order(id)).status, STATES.complete);
});

scenario('9: late money pays an order whose goods are still there', async () => {
  const { id, paymentId, thing } = await buy({ stock: 1 });
  await shop.gateway.letExpire(paymentId);
  await shop.runCheck();
  assert.equal((await shop.order(id)).status, STATES.expired);
  const event = await shop.pay(paymentId);
  assert.equal(event.late, true);
  const order = await shop.order(id);
  assert.equal(order.status, STATES.processing);
  assert.equal(order.completed, 1);
  assert.equal(await shop.stock(thing), 0);
});

scenario('10: late money for goods that are sold waits for a person', async () => {
  const { id, paymentId, thing } = await buy({ stock: 1 });
  await shop.gateway.letExpire(paymentId);
  await shop.runCheck();
  const other = await buy({ thing });
  await shop.pay(other.paymentId);
  assert.equal(await shop.stock(thing), 0);
  await shop.pay(paymentId);
  const order = await shop.order(id);
  assert.equal(order.status, STATES.expired, 'waiting takes goods in this shop');
  assert.equal(order.completed, 0);
  assert.equal(order.rows[0].state, 'attention');
  assert.equal(await shop.stock(thing), 0, 'nothing is taken twice');
  assert.ok(shop.mailed().includes(`order ${id} needs your attention`));
});

scenario('10: late money waits for a person where the shop wants that', async () => {
  await set({ late_policy: 'hold' });
  const { id, paymentId } = await buy({ stock: 5 });
  const event = await shop.pay(paymentId, { case: 'late' });
  assert.equal(event.late, true);
  const order = await shop.order(id);
  assert.equal(order.status, STATES.pending);
  assert.equal(order.rows[0].state, 'attention');
  await set();
});

test('a webhook of a payment that has ended ends its order', async () => {
  const { id, row, paymentId } = await buy();
  await shop.gateway.letExpire(paymentId);
  const body = JSON.stringify({ ...paidEvent(row), type: 'payment.expired', status: 'expired', txid: null });
  assert.equal(await shop.post(body), 200);
  assert.equal((await shop.order(id)).status, STATES.expired);
});

test('PHP has nothing to say, and the log has no secret', () => {
  assert.deepEqual(shop.notices(), []);
  assert.ok(!shop.logged().includes(shop.gateway.secret));
});

scenario('20: once the plugin is gone, only the notes of orders stay', async () => {
  const { id } = await buy();
  await shop.kind.uninstall(shop);
  for (const table of ['oc_usdt_checkout_payment', 'oc_usdt_checkout_state'])
    await assert.rejects(shop.sql(`SELECT 1 FROM ${table}`));
  const left = await shop.rows("SELECT * FROM oc_setting WHERE code LIKE '%usdt\\_checkout%' OR `key` LIKE '%usdt\\_checkout%'");
  assert.deepEqual(left, []);
  assert.deepEqual(await shop.rows("SELECT * FROM oc_extension WHERE code = 'usdt_checkout'"), []);
  if (shop.kind.hasCron) assert.deepEqual(await shop.rows("SELECT * FROM oc_cron WHERE code = 'usdt_checkout'"), []);
  for (const path of shop.kind.files.filter((file) => file.includes('usdt_checkout') && !file.includes('marketplace')))
    assert.ok(!existsSync(join(shop.folder, path)), path);
  const notes = await shop.rows('SELECT comment FROM oc_order_history WHERE order_id = ?', id);
  assert.ok(notes.some(({ comment }) => comment.includes('USDT payment')));
});
