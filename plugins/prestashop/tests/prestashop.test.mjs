// The scenarios of a shop, in a double of PrestaShop with the real gateway on a simulated chain.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { runsOn, scenario } from '../../testkit/scenario.mjs';
import { Browser, DoubleShop, paidEvent } from '../../core-php/tests/double.mjs';
import { commonScenarios } from '../../core-php/tests/scenarios.mjs';
import { files } from '../bin/build.mjs';

const controller = (name, query = '') => `index.php?fc=module&module=usdtcheckout&controller=${name}${query}`;
const SETTINGS = 'admin.php?controller=AdminModules&configure=usdtcheckout&token=token';
const STATES = { paid: 2, delivered: 5, canceled: 6, refunded: 7 };

let shop;
let admin;

before(async () => {
  shop = new DoubleShop({
    double: fileURLToPath(new URL('double', import.meta.url)),
    files: new Map([...files()].map(([path, bytes]) => [`modules/${path}`, bytes])),
    webhook: controller('webhook'),
    payments: 'ps_usdt_checkout_payment',
    state: 'ps_usdt_checkout_state',
    backPath: (token) => controller('return', `&token=${token}`),
    cronPath: (key) => controller('cron', `&key=${key}`),
    check: async () => {
      const path = /<code>([^<]*controller=cron[^<]*)<\/code>/.exec(await settings())[1];
      assert.equal((await new Browser(shop).ask(path)).status, 200);
    },
  });
  await shop.open();
  admin = new Browser(shop);
  admin.cookies.set('employee', 'admin');
  assert.equal((await admin.ask(`${SETTINGS}&install=1`)).text, 'installed');
  STATES.waiting = await configured('USDT_CHECKOUT_OS_AWAITING');
  STATES.held = await configured('USDT_CHECKOUT_OS_REVIEW');
  runsOn({ name: 'PrestaShop (preview)', version: '8.2', on: 'SQLite', isReal: false, file: 'prestashop-double' });
  await set();
});

after(() => shop?.close());

async function configured(name) {
  return Number((await shop.rows('SELECT value FROM ps_configuration WHERE name = ?', name))[0].value);
}

/** Saves the settings as their form does. */
async function set(changes = {}) {
  const { url, key, secret } = shop.gateway;
  const values = { gateway_url: url, api_key: key, api_secret: secret, title: 'USDT', late_policy: 'complete', tolerance: '0', debug: '0' };
  const form = Object.entries({ ...values, ...changes }).map(([name, value]) => [`usdt_${name}`, value]);
  const { text } = await admin.ask(SETTINGS, { form: [...form, ['usdt_save', '1']] });
  return /alert-danger">([^<]*)/.exec(text)?.[1];
}

const settings = async () => (await admin.ask(SETTINGS)).text;
const act = (name) => admin.json(`${SETTINGS}&usdt_act=1`, { form: { do: name } });
const tab = async (id) => (await admin.ask(`admin.php?controller=AdminOrders&token=token&id_order=${id}`)).text;

async function product({ stock = 1000, price = '6.20' } = {}) {
  const { id } = await shop.sql('INSERT INTO ps_product (price) VALUES (?)', price);
  await shop.sql('INSERT INTO ps_stock_available (id_product, quantity, out_of_stock) VALUES (?, ?, 2)', id, stock);
  return id;
}

const stock = async (thing) =>
  Number((await shop.rows('SELECT quantity FROM ps_stock_available WHERE id_product = ?', thing))[0].quantity);

/** The payment options of a new cart. */
async function options(buyer, thing, currency = 1) {
  await buyer.ask(`index.php?controller=cart&products=${thing}&currency=${currency}`);
  return (await buyer.json('index.php?controller=order')).options;
}

async function buy({ thing, ...what } = {}) {
  const goods = thing ?? (await product(what));
  const buyer = new Browser(shop);
  const [option] = await options(buyer, goods);
  assert.ok(option, 'not offered');
  const { location: redirect, text } = await buyer.ask(option.action, { method: 'POST' });
  const row = await shop.paymentAt(redirect);
  assert.ok(row, text);
  const [{ secure_key: key }] = await shop.rows('SELECT secure_key FROM ps_orders WHERE id_order = ?', row.order_id);
  return { buyer, action: option.action, redirect, row, id: Number(row.order_id), paymentId: row.payment_id, thing: goods, secrets: [key] };
}

async function order(id) {
  const [stored] = await shop.rows('SELECT * FROM ps_orders WHERE id_order = ?', id);
  const history = await shop.rows('SELECT * FROM ps_order_history WHERE id_order = ?', id);
  const messages = await shop.rows(
    'SELECT m.* FROM ps_customer_message m JOIN ps_customer_thread t ON t.id_customer_thread = m.id_customer_thread WHERE t.id_order = ?',
    id,
  );
  assert.ok(messages.every((message) => Number(message.private) === 1));
  const payments = await shop.rows('SELECT * FROM ps_order_payment WHERE order_reference = ?', stored.reference);
  return {
    status: Number(stored.current_state),
    notes: messages.map(({ message }) => message),
    completed: history.filter((entry) => Number(entry.id_order_state) === STATES.paid).length,
    transactions: payments.map((payment) => payment.transaction_id),
    rows: await shop.paymentsOf(id),
  };
}

scenario('1: an order is paid', async () => {
  const { buyer, id, redirect, row, paymentId, thing } = await buy({ stock: 3 });
  const made = await order(id);
  assert.equal(made.status, STATES.waiting);
  assert.equal(await stock(thing), 2, 'its goods are kept');
  assert.equal(redirect, (await shop.gateway.status(paymentId)).payment_url);
  assert.match(row.reference, new RegExp(`^[a-z2-7]{8}-${id}-1$`));
  const [state] = await shop.rows('SELECT * FROM ps_order_state WHERE id_order_state = ?', STATES.waiting);
  for (const flag of ['invoice', 'send_email', 'logable', 'paid']) assert.equal(Number(state[flag]), 0, flag);
  const event = await shop.pay(paymentId);
  assert.deepEqual(event.statuses, [200]);
  const paid = await order(id);
  assert.equal(paid.status, STATES.paid);
  assert.equal(paid.completed, 1);
  assert.deepEqual(paid.transactions, [event.txid]);
  assert.equal(paid.rows[0].state, 'booked');
  assert.ok(paid.notes.some((note) => note.includes(event.txid)));
  assert.equal(await stock(thing), 2);
  const back = await buyer.comeBack(row.token);
  assert.equal(back.status, 303);
  const thanks = await buyer.ask(back.location);
  assert.match(thanks.text, /thank you.*Payment received/s);
});

scenario('1: a shop without invoices gets the transaction, too', async () => {
  await shop.sql("UPDATE ps_configuration SET value = '0' WHERE name = 'PS_INVOICE'");
  const { id, paymentId } = await buy();
  const { txid } = await shop.pay(paymentId);
  assert.deepEqual((await order(id)).transactions, [txid]);
  await shop.sql("UPDATE ps_configuration SET value = '1' WHERE name = 'PS_INVOICE'");
});

test('several clicks make one order and one payment, one by one and at once', async () => {
  const buyer = new Browser(shop);
  const [{ action }] = await options(buyer, await product());
  const before = await shop.rows('SELECT COUNT(*) AS count FROM ps_orders');
  const clicks = await Promise.all([1, 2, 3, 4].map(() => buyer.ask(action, { method: 'POST' })));
  clicks.push(await buyer.ask(action, { method: 'POST' }));
  assert.equal(new Set(clicks.map((click) => click.location)).size, 1, JSON.stringify(clicks));
  const after = await shop.rows('SELECT COUNT(*) AS count FROM ps_orders');
  assert.equal(after[0].count - before[0].count, 1);
});

test('a request that broke off before there was an order does not stop the next one', async () => {
  const buyer = new Browser(shop);
  const [{ action }] = await options(buyer, await product());
  const cart = new URL(action).searchParams.get('cart');
  const long = String(Math.floor(Date.now() / 1000) - 100);
  await shop.sql('INSERT INTO ps_usdt_checkout_state (name, content) VALUES (?, ?)', `cart-${cart}`, long);
  assert.ok(await shop.paymentAt((await buyer.ask(action, { method: 'POST' })).location));
  assert.deepEqual(await shop.rows("SELECT * FROM ps_usdt_checkout_state WHERE name LIKE 'cart-%'"), []);
});

test('an order changes within its own shop, wherever the webhook comes in', async () => {
  const { id, paymentId } = await buy();
  await shop.sql('INSERT INTO ps_shop (url) VALUES (?)', `${shop.url}/second/`);
  await shop.sql('UPDATE ps_orders SET id_shop = 2 WHERE id_order = ?', id);
  await shop.pay(paymentId);
  assert.equal((await order(id)).status, STATES.paid);
  assert.match(shop.mailed(), /Payment accepted, shop 2\/2/);
});

test('nobody makes an order of the cart of somebody else', async () => {
  const [one, other] = [new Browser(shop), new Browser(shop)];
  const [{ action }] = await options(one, await product());
  await options(other, await product());
  const cart = new URL(action).searchParams.get('cart');
  assert.match((await other.ask(action, { method: 'POST' })).location, /controller=order$/);
  assert.deepEqual(await shop.rows('SELECT * FROM ps_orders WHERE id_cart = ?', cart), []);
});

test('a gateway that does not answer leaves no order behind, and the payer gets the cart back', async () => {
  const thing = await product({ stock: 1 });
  const buyer = new Browser(shop);
  const [{ action }] = await options(buyer, thing);
  await set({ gateway_url: 'http://127.0.0.1:9' });
  const refused = await buyer.ask(action, { method: 'POST' });
  await set();
  assert.equal(refused.status, 503);
  assert.match(refused.text, /possible right now/);
  assert.equal(await stock(thing), 1);
  const { products, options: offered } = await buyer.json('index.php?controller=order');
  assert.equal(products, 1);
  const { location } = await buyer.ask(offered[0].action, { method: 'POST' });
  const row = await shop.paymentAt(location);
  await shop.pay(row.payment_id);
  assert.equal((await order(row.order_id)).status, STATES.paid);
});

test('a cart that PrestaShop would split is not offered the method', async () => {
  const buyer = new Browser(shop);
  assert.deepEqual(await options(buyer, [await product(), await product()].join(',')), []);
});

test('the gateway gets through while the shop is in maintenance, and from everywhere', async () => {
  const { id, paymentId } = await buy();
  await shop.sql("UPDATE ps_configuration SET value = '0' WHERE name = 'PS_SHOP_ENABLE'");
  await shop.sql("INSERT INTO ps_configuration (name, value) VALUES ('PS_GEOLOCATION_ENABLED', '1')");
  try {
    assert.deepEqual((await shop.pay(paymentId)).statuses, [200]);
    assert.equal((await order(id)).status, STATES.paid);
  } finally {
    await shop.sql("UPDATE ps_configuration SET value = '1' WHERE name = 'PS_SHOP_ENABLE'");
    await shop.sql("DELETE FROM ps_configuration WHERE name = 'PS_GEOLOCATION_ENABLED'");
  }
});

commonScenarios({ shop: () => shop, admin: () => admin, buy, order, set, act, settings, tab, states: STATES });

scenario('7: the same webhook days later changes nothing', async () => {
  const { id, paymentId, thing } = await buy({ stock: 5 });
  const { raw } = await shop.pay(paymentId);
  const { notes } = await order(id);
  await shop.sql('UPDATE ps_usdt_checkout_payment SET created_at = created_at - 432000 WHERE order_id = ?', id);
  for (const status of [STATES.delivered, STATES.refunded, STATES.waiting, STATES.canceled]) {
    await shop.sql('UPDATE ps_orders SET current_state = ? WHERE id_order = ?', status, id);
    assert.equal(await shop.post(raw), 200);
    const left = await order(id);
    assert.equal(left.status, status);
    assert.deepEqual(left.notes, notes);
  }
  assert.equal(await stock(thing), 4);
});

for (const [how, change, why] of [
  ['was paid otherwise meanwhile', 'UPDATE ps_orders SET current_state = 5 WHERE id_order = ?', 'paid before'],
  ['was paid before, and was set back', 'INSERT INTO ps_order_history (id_order, id_order_state) VALUES (?, 2)', 'paid before'],
  ['has another method by now', "UPDATE ps_orders SET module = 'ps_wirepayment' WHERE id_order = ?", 'another payment method'],
  ['was refunded', 'UPDATE ps_orders SET current_state = 7 WHERE id_order = ?', 'waits for no payment'],
]) {
  scenario(`11: an order that ${how} is left alone`, async () => {
    const { id, paymentId } = await buy();
    await shop.sql(change, id);
    const { status } = await order(id);
    await shop.pay(paymentId);
    const left = await order(id);
    assert.equal(left.status, status);
    assert.deepEqual(left.transactions, []);
    assert.equal(left.rows[0].state, 'attention');
    assert.ok(left.notes.some((note) => note.includes(why)));
  });
}

scenario('12, 13: another total makes another payment, and the old one pays nothing', async () => {
  const { buyer, id, row, paymentId } = await buy();
  await shop.sql("UPDATE ps_orders SET total_paid = '9.990000' WHERE id_order = ?", id);
  const again = await buyer.ask(controller('return', `&again=1&token=${row.token}`));
  const changed = await order(id);
  assert.match(changed.rows[1].reference, /-2$/);
  assert.equal(again.location, changed.rows[1].payment_url);
  assert.equal(changed.rows[1].amount, '9.99');
  await shop.pay(paymentId);
  const old = await order(id);
  assert.equal(old.status, STATES.waiting);
  assert.equal(old.rows[0].state, 'attention');
  await shop.pay(changed.rows[1].payment_id);
  const paid = await order(id);
  assert.equal(paid.status, STATES.paid);
  assert.equal(paid.completed, 1);
});

scenario('12: a total that was changed after the payment was made waits for a person', async () => {
  const { id, paymentId } = await buy();
  await shop.sql("UPDATE ps_orders SET total_paid = '9.990000' WHERE id_order = ?", id);
  await shop.pay(paymentId);
  const held = await order(id);
  assert.equal(held.status, STATES.held);
  assert.equal(held.rows[0].state, 'attention');
});

test('only the payer pays an order again', async () => {
  const { row, id } = await buy();
  assert.equal((await new Browser(shop).ask(controller('return', `&again=1&token=${row.token}`))).status, 404);
  assert.equal((await order(id)).rows.length, 1);
});

scenario('17: payers see the method where the currency of their cart can be paid', async () => {
  const isOffered = async (currency) => (await options(new Browser(shop), await product(), currency)).length === 1;
  assert.equal(await isOffered(1), true, 'USD');
  assert.equal(await isOffered(4), true, 'USDT');
  await shop.sql("UPDATE ps_usdt_checkout_state SET content = '{}' WHERE name = 'project'");
  assert.equal(await isOffered(2), false, 'EUR, until the gateway has been asked');
  const { lines } = await act('connection');
  assert.ok(lines.some(([isGood, text]) => isGood && text.includes('EUR')), JSON.stringify(lines));
  assert.ok(lines.some(([isGood, text]) => !isGood && text.includes('GBP')), JSON.stringify(lines));
  assert.equal(await isOffered(2), true, 'EUR');
  assert.equal(await isOffered(3), false, 'GBP');
  await shop.sql('DELETE FROM ps_module_currency WHERE id_currency = 2');
  assert.equal(await isOffered(2), false, 'EUR, which the merchant has taken out');
  await shop.sql('INSERT INTO ps_module_currency SELECT id_module, 2 FROM ps_module');
  const buyer = new Browser(shop);
  const [{ action }] = await options(buyer, await product(), 2);
  const row = await shop.paymentAt((await buyer.ask(action, { method: 'POST' })).location);
  assert.deepEqual([row.price_amount, row.price_currency], ['6.20', 'EUR']);
  assert.notEqual(row.amount, '6.20');
  await shop.pay(row.payment_id);
  assert.equal((await order(row.order_id)).status, STATES.paid);
});

for (const when of ['before', 'middle', 'after']) {
  scenario(`19: a request that breaks off ${when} PrestaShop's own steps loses nothing and doubles nothing`, async () => {
    const { id, paymentId, thing } = await buy({ stock: 5 });
    const raw = await shop.payUnheard(paymentId);
    await shop.sql('INSERT INTO ps_usdt_test (crash) VALUES (?)', when);
    await shop.post(raw);
    assert.equal((await order(id)).rows[0].state, 'waiting');
    assert.equal(await shop.ageLocks(), 1, 'it broke off with the lock');
    assert.equal(await shop.post(raw), 200);
    const paid = await order(id);
    assert.equal(paid.status, STATES.paid);
    assert.ok(paid.completed <= 1);
    assert.equal(paid.transactions.length, 1);
    assert.equal(paid.rows[0].state, 'booked');
    assert.equal(paid.notes.length, 1);
    assert.equal(await stock(thing), 4);
  });
}

test('while the lock is young, the gateway is asked to come again', async () => {
  const { paymentId } = await buy();
  const raw = await shop.payUnheard(paymentId);
  await shop.sql("INSERT INTO ps_usdt_test (crash) VALUES ('before')");
  await shop.post(raw);
  assert.equal(await shop.post(raw), 503);
  await shop.ageLocks();
  assert.equal(await shop.post(raw), 200);
});

test('somebody who may only look gets no buttons', async () => {
  const onlooker = new Browser(shop);
  onlooker.cookies.set('employee', 'onlooker');
  const { row, id } = await buy();
  const { text } = await onlooker.ask(`admin.php?controller=AdminOrders&token=token&id_order=${id}`);
  assert.ok(text.includes(row.reference));
  assert.ok(!text.includes('data-usdt-checkout='));
  assert.equal((await onlooker.ask(`${SETTINGS}&usdt_act=1`, { form: { do: 'copy' } })).status, 403);
});

test('the settings refuse what cannot be, and say that the module is a preview', async () => {
  for (const [name, value] of Object.entries({ gateway_url: 'pay.example.com/path', tolerance: 'much', late_policy: 'never', debug: '2' }))
    assert.ok(await set({ [name]: value }), name);
  assert.equal(await set({ title: '<b>USDT</b>' }), undefined);
  const text = await settings();
  assert.ok(!text.includes('<b>USDT'));
  assert.ok(text.split('preview').length > 3);
  await set();
});

test('payers read the page in their language', async () => {
  const page = await new Browser(shop).ask(`${controller('return', '&here=1&token=none')}&id_lang=2`);
  assert.match(page.text, /lang="de"/);
  assert.match(page.text, /Zahlung nicht gefunden/);
});

// In these the time of the chain passes, and ends whatever waits.

scenario('8: an order whose time is over ends, its goods are free again, and its cart comes back', async () => {
  const { buyer, id, row, thing, paymentId } = await buy({ stock: 1 });
  assert.equal(await stock(thing), 0, 'they are kept');
  await shop.gateway.letExpire(paymentId);
  await shop.runCheck();
  const ended = await order(id);
  assert.equal(ended.status, STATES.canceled);
  assert.equal(ended.rows[0].state, 'expired');
  assert.equal(await stock(thing), 1);
  const page = await buyer.comeBack(row.token);
  assert.match(page.text, /Try again/);
  const again = await buyer.ask(/href="([^"]*again[^"]*)"/.exec(page.text)[1]);
  assert.match(again.location, /controller=order$/);
  assert.equal((await order(id)).rows.length, 1);
  const { products, options: offered } = await buyer.json('index.php?controller=order');
  assert.equal(products, 1);
  const next = await shop.paymentAt((await buyer.ask(offered[0].action, { method: 'POST' })).location);
  assert.notEqual(Number(next.order_id), id);
  await shop.pay(next.payment_id);
  assert.equal((await order(next.order_id)).status, STATES.paid);
  assert.equal(await stock(thing), 0);
});

scenario('8: an order that the merchant has moved on does not end', async () => {
  const { id, paymentId } = await buy();
  await shop.sql('UPDATE ps_orders SET current_state = 5 WHERE id_order = ?', id);
  await shop.gateway.letExpire(paymentId);
  await shop.runCheck();
  assert.equal((await order(id)).status, STATES.delivered);
});

scenario('9: late money pays an order whose goods are still there', async () => {
  const { id, paymentId, thing } = await buy({ stock: 1 });
  await shop.gateway.letExpire(paymentId);
  await shop.runCheck();
  const event = await shop.pay(paymentId);
  assert.equal(event.late, true);
  const paid = await order(id);
  assert.equal(paid.status, STATES.paid);
  assert.equal(paid.completed, 1);
  assert.equal(await stock(thing), 0);
});

scenario('10: late money for goods that are sold waits for a person', async () => {
  const { id, paymentId, thing } = await buy({ stock: 1 });
  await shop.gateway.letExpire(paymentId);
  await shop.runCheck();
  const other = await buy({ thing });
  await shop.pay(other.paymentId);
  await shop.pay(paymentId);
  const left = await order(id);
  assert.equal(left.status, STATES.canceled);
  assert.equal(left.completed, 0);
  assert.equal(left.rows[0].state, 'attention');
  assert.equal(await stock(thing), 0, 'nothing is taken twice');
  assert.ok(shop.mailed().includes(`order ${id} needs your attention`));
});

scenario('10: late money waits for a person where the shop wants that', async () => {
  await set({ late_policy: 'hold' });
  const { id, paymentId } = await buy({ stock: 5 });
  assert.equal((await shop.pay(paymentId, { case: 'late' })).late, true);
  const held = await order(id);
  assert.equal(held.status, STATES.held);
  assert.equal(held.rows[0].state, 'attention');
  await set();
});

scenario('19: where the goods may have been taken, a person decides', async () => {
  const { id, paymentId, thing } = await buy({ stock: 5 });
  await shop.gateway.letExpire(paymentId);
  await shop.runCheck();
  const raw = await shop.payUnheard(paymentId);
  await shop.sql("INSERT INTO ps_usdt_test (crash) VALUES ('middle')");
  await shop.post(raw);
  assert.equal(await stock(thing), 4, 'they were');
  await shop.ageLocks();
  assert.equal(await shop.post(raw), 200);
  const left = await order(id);
  assert.equal(left.status, STATES.canceled);
  assert.equal(left.rows[0].state, 'attention');
  assert.ok(left.notes.some((note) => note.includes('broke off')));
  assert.equal(await stock(thing), 4);
});

test('a webhook of a payment that has ended ends its order', async () => {
  const { id, row, paymentId } = await buy();
  await shop.gateway.letExpire(paymentId);
  const body = JSON.stringify({ ...paidEvent(row), type: 'payment.expired', status: 'expired', txid: null });
  assert.equal(await shop.post(body), 200);
  assert.equal((await order(id)).status, STATES.canceled);
});

test('PHP has nothing to say, and the log has no secret', () => {
  assert.deepEqual(shop.notices(), []);
  assert.ok(!shop.logged().includes(shop.gateway.secret));
});

scenario('15: a shop that is set up anew with the same numbers has other payments', async () => {
  const first = await buy();
  await shop.pay(first.paymentId);
  for (const table of ['ps_usdt_checkout_payment', 'ps_usdt_checkout_state']) await shop.sql(`DELETE FROM ${table}`);
  for (const table of ['ps_orders', 'ps_order_history']) await shop.sql(`DELETE FROM ${table} WHERE id_order >= ?`, first.id);
  await shop.sql('UPDATE sqlite_sequence SET seq = ? WHERE name = ?', first.id - 1, 'ps_orders');
  const second = await buy();
  assert.equal(second.id, first.id);
  const [name, another] = [first, second].map(({ row }) => row.reference.split('-')[0]);
  assert.notEqual(another, name);
  assert.notEqual(second.paymentId, first.paymentId);
  assert.equal((await order(second.id)).status, STATES.waiting);
});

scenario('20: once the module is gone, only the notes of orders stay', async () => {
  const { id, row } = await buy();
  await shop.postPaid(row, { amount: '1.00' });
  assert.equal((await admin.ask(`${SETTINGS}&uninstall=1`)).text, 'uninstalled');
  for (const table of ['ps_usdt_checkout_payment', 'ps_usdt_checkout_state']) await assert.rejects(shop.sql(`SELECT 1 FROM ${table}`));
  assert.deepEqual(await shop.rows("SELECT name FROM ps_configuration WHERE name LIKE 'USDT%'"), []);
  assert.deepEqual(await shop.rows('SELECT * FROM ps_hook_module'), []);
  const states = await shop.rows("SELECT deleted FROM ps_order_state WHERE module_name = 'usdtcheckout'");
  assert.deepEqual(states.map((state) => Number(state.deleted)), [1, 1], 'orders keep their names');
  const notes = await shop.rows(
    'SELECT m.message FROM ps_customer_message m JOIN ps_customer_thread t ON t.id_customer_thread = m.id_customer_thread WHERE t.id_order = ?',
    id,
  );
  assert.ok(notes.some(({ message }) => message.includes('USDT payment')));
});
