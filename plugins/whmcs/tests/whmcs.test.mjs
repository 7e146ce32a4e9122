// The scenarios of a shop, in a double of WHMCS with the real gateway on a simulated chain.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { notApplicable, runsOn, scenario } from '../../testkit/scenario.mjs';
import { Browser, DoubleShop } from '../../core-php/tests/double.mjs';
import { commonScenarios } from '../../core-php/tests/scenarios.mjs';
import { files } from '../bin/build.mjs';

const callback = (query) => `modules/gateways/callback/usdtcheckout.php?${query}`;
const run = promisify(execFile);
/** An invoice has no state for what waits for a person. */
const STATES = { waiting: 'Unpaid', paid: 'Paid', held: 'Unpaid' };

let shop;
let admin;

notApplicable('8: WHMCS keeps an invoice until it is paid or cancelled, and keeps no goods for it');
notApplicable('20: WHMCS tells a gateway nothing of its removal; the document names the tables that stay');

before(async () => {
  shop = new DoubleShop({
    double: fileURLToPath(new URL('double', import.meta.url)),
    files: files(),
    webhook: callback('action=webhook'),
    payments: 'mod_usdt_checkout_payment',
    state: 'mod_usdt_checkout_state',
    backPath: (token) => callback(`action=back&token=${token}`),
    cronPath: (key) => callback(`action=cron&key=${key}`),
    check: () => run('php', [join(shop.folder, 'cron.php')]),
  });
  await shop.open();
  admin = new Browser(shop);
  admin.cookies.set('admin', 'admin');
  runsOn({ name: 'WHMCS (preview)', version: '8', on: 'SQLite', isReal: false, file: 'whmcs-double' });
  await set();
});

after(() => shop?.close());

/** Saves the settings as WHMCS's own form does. */
function set(changes = {}) {
  const { url, key, secret } = shop.gateway;
  const values = { gateway_url: `${url}/`, api_key: key, api_secret: secret, late_policy: 'complete', tolerance: '0', debug: '' };
  return admin.ask('admin/index.php', { form: { ...values, ...changes } });
}

const settings = async () => (await admin.ask(callback('action=status'))).text;
const tab = async (id) => (await admin.ask(`admin/index.php?invoice=${id}`)).text;

async function act(name) {
  return admin.press(await settings(), name);
}

async function invoice({ price = '6.20', currency = 1 } = {}) {
  const client = await shop.sql("INSERT INTO tblclients (email, currency) VALUES ('ann@buyer.example', ?)", currency);
  const { id } = await shop.sql(
    "INSERT INTO tblinvoices (userid, invoicenum, total, status, paymentmethod) VALUES (?, '', ?, 'Unpaid', 'usdtcheckout')",
    client.id,
    price,
  );
  const buyer = new Browser(shop);
  buyer.cookies.set('client', client.id);
  return { buyer, id, client: client.id };
}

/** The button of an invoice, as its form, where there is one. */
async function button(buyer, id) {
  const { text } = await buyer.ask(`viewinvoice.php?id=${id}`);
  const action = /<form method="post" action="([^"]+)"/.exec(text)?.[1];
  const form = Object.fromEntries([...text.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]));
  return action && { action, form };
}

async function buy(what) {
  const { buyer, id, client } = await invoice(what);
  const pressed = await button(buyer, id);
  assert.ok(pressed, 'not offered');
  const { location: redirect, text } = await buyer.ask(pressed.action, { form: pressed.form });
  const row = await shop.paymentAt(redirect);
  assert.ok(row, text);
  return { buyer, client, pressed, redirect, row, id, paymentId: row.payment_id, secrets: [pressed.form.proof] };
}

async function order(id) {
  const [{ status }] = await shop.rows('SELECT status FROM tblinvoices WHERE id = ?', id);
  const log = await shop.rows('SELECT data FROM tblgatewaylog');
  const entries = await shop.rows('SELECT * FROM tblaccounts WHERE invoiceid = ?', id);
  return {
    status,
    notes: log.map(({ data }) => JSON.parse(data)).filter((entry) => entry.invoice === id).map((entry) => entry.note),
    completed: (await shop.rows('SELECT * FROM usdt_test_paid WHERE invoiceid = ?', id)).length,
    transactions: entries.map((entry) => entry.transid),
    amounts: entries.map((entry) => entry.amountin),
    rows: await shop.paymentsOf(id),
  };
}

scenario('1: an invoice is paid', async () => {
  const { buyer, id, redirect, row, paymentId } = await buy();
  assert.equal((await order(id)).status, 'Unpaid');
  assert.equal(redirect, (await shop.gateway.status(paymentId)).payment_url);
  assert.match(row.reference, new RegExp(`^[a-z2-7]{8}-${id}-1$`));
  const event = await shop.pay(paymentId);
  assert.deepEqual(event.statuses, [200]);
  const paid = await order(id);
  assert.equal(paid.status, 'Paid');
  assert.equal(paid.completed, 1);
  assert.deepEqual(paid.transactions, [event.txid]);
  assert.deepEqual(paid.amounts, ['6.20']);
  assert.equal(paid.rows[0].state, 'booked');
  assert.ok(paid.notes.some((note) => note.includes(event.txid)));
  const back = await buyer.comeBack(row.token);
  assert.equal(back.status, 303);
  assert.match(back.location, new RegExp(`/viewinvoice\\.php\\?id=${id}$`));
});

test('looking at an invoice makes no payment, and several clicks make one', async () => {
  const { buyer, id } = await invoice();
  const pressed = await button(buyer, id);
  await button(buyer, id);
  assert.deepEqual((await order(id)).rows, []);
  const clicks = await Promise.all([1, 2, 3, 4].map(() => buyer.ask(pressed.action, { form: pressed.form })));
  clicks.push(await buyer.ask(pressed.action, { form: pressed.form }));
  assert.equal(new Set(clicks.map((click) => click.location)).size, 1);
  assert.equal((await order(id)).rows.length, 1);
});

test('nobody starts a payment without the button of that invoice', async () => {
  const [one, other] = [await invoice(), await invoice()];
  const { action, form } = await button(one.buyer, one.id);
  for (const proof of ['', '0'.repeat(64), form.proof])
    assert.equal((await one.buyer.ask(action, { form: { invoice: other.id, proof } })).status, 403);
  assert.deepEqual((await order(other.id)).rows, []);
});

test('a gateway that does not answer costs no invoice', async () => {
  const { buyer, id } = await invoice();
  const { action, form } = await button(buyer, id);
  await set({ gateway_url: 'http://127.0.0.1:9' });
  assert.equal((await buyer.ask(action, { form })).status, 503);
  await set();
  const row = await shop.paymentAt((await buyer.ask(action, { form })).location);
  assert.match(row.reference, /-1$/);
  await shop.pay(row.payment_id);
  assert.equal((await order(id)).status, 'Paid');
});

test('while the gateway module is off, webhooks come again later', async () => {
  const { id, row } = await buy();
  await shop.sql("UPDATE tblpaymentgateways SET value = '' WHERE setting = 'type'");
  assert.equal(await shop.postPaid(row), 503);
  await set();
  assert.equal(await shop.postPaid(row), 200);
  assert.equal((await order(id)).status, 'Paid');
});

commonScenarios({ shop: () => shop, admin: () => admin, buy, order, set, act, settings, tab, states: STATES });

scenario('7: the same webhook days later changes nothing', async () => {
  const { id, paymentId } = await buy();
  const { raw } = await shop.pay(paymentId);
  const before = await order(id);
  await shop.sql('UPDATE mod_usdt_checkout_payment SET created_at = created_at - 432000 WHERE order_id = ?', id);
  for (const status of ['Refunded', 'Unpaid', 'Cancelled']) {
    await shop.sql('UPDATE tblinvoices SET status = ? WHERE id = ?', status, id);
    assert.equal(await shop.post(raw), 200);
    const left = await order(id);
    assert.equal(left.status, status);
    assert.deepEqual(left.transactions, before.transactions);
    assert.deepEqual(left.notes, before.notes);
  }
});

for (const [how, change, why] of [
  ['was paid otherwise meanwhile', "UPDATE tblinvoices SET status = 'Paid' WHERE id = ?", 'paid before'],
  ['was refunded', "UPDATE tblinvoices SET status = 'Refunded' WHERE id = ?", 'paid before'],
  ['has another method by now', "UPDATE tblinvoices SET paymentmethod = 'banktransfer' WHERE id = ?", 'another payment method'],
]) {
  scenario(`11: an invoice that ${how} is left alone`, async () => {
    const { id, client, paymentId } = await buy();
    await shop.sql(change, id);
    const { status } = await order(id);
    await shop.pay(paymentId);
    const left = await order(id);
    assert.equal(left.status, status);
    assert.deepEqual(left.transactions, []);
    assert.deepEqual(await shop.rows('SELECT * FROM tblcredit WHERE clientid = ?', client), [], 'no credit comes of it');
    assert.equal(left.rows[0].state, 'attention');
    assert.ok(left.notes.some((note) => note.includes(why)));
  });
}

scenario('12, 13: another total makes another payment, and the old one pays nothing', async () => {
  const { buyer, id, row, pressed, paymentId } = await buy();
  await shop.sql("UPDATE tblinvoices SET total = '9.99' WHERE id = ?", id);
  const { location } = await buyer.ask(pressed.action, { form: pressed.form });
  const changed = await order(id);
  assert.match(changed.rows[1].reference, /-2$/);
  assert.equal(location, changed.rows[1].payment_url);
  assert.equal(changed.rows[1].amount, '9.99');
  assert.notEqual(changed.rows[1].payment_id, row.payment_id);
  await shop.pay(paymentId);
  const old = await order(id);
  assert.deepEqual(old.transactions, []);
  assert.equal(old.rows[0].state, 'attention');
  await shop.pay(changed.rows[1].payment_id);
  const paid = await order(id);
  assert.equal(paid.status, 'Paid');
  assert.deepEqual(paid.amounts, ['9.99']);
});

scenario('12: what was paid of an invoice meanwhile makes it wait for a person', async () => {
  const { id, paymentId } = await buy();
  await shop.sql("INSERT INTO tblaccounts (invoiceid, transid, amountin, amountout) VALUES (?, 'cheque', '2.20', '0.00')", id);
  await shop.pay(paymentId);
  const left = await order(id);
  assert.equal(left.status, 'Unpaid');
  assert.deepEqual(left.transactions, ['cheque']);
  assert.equal(left.rows[0].state, 'attention');
  assert.ok(left.notes.some((note) => note.includes('costs 4.00 USD by now')));
});

test('what is left of an invoice is paid', async () => {
  const { buyer, id } = await invoice();
  await shop.sql("INSERT INTO tblaccounts (invoiceid, transid, amountin, amountout) VALUES (?, 'cheque', '2.20', '0.10')", id);
  const { action, form } = await button(buyer, id);
  const row = await shop.paymentAt((await buyer.ask(action, { form })).location);
  assert.equal(row.amount, '4.10');
});

scenario('17: clients see the button where the currency of their invoice can be paid', async () => {
  const isOffered = async (currency) => {
    const { buyer, id } = await invoice({ currency });
    return Boolean(await button(buyer, id));
  };
  assert.equal(await isOffered(1), true, 'USD');
  await shop.sql("UPDATE mod_usdt_checkout_state SET content = '{}' WHERE name = 'project'");
  assert.equal(await isOffered(2), false, 'EUR, until the gateway has been asked');
  const { lines } = await act('connection');
  assert.ok(lines.some(([isGood, text]) => isGood && text.includes('EUR')), JSON.stringify(lines));
  assert.ok(lines.some(([isGood, text]) => !isGood && text.includes('GBP')), JSON.stringify(lines));
  assert.equal(await isOffered(2), true, 'EUR');
  assert.equal(await isOffered(3), false, 'GBP');
  const { id, row, paymentId } = await buy({ currency: 2 });
  assert.deepEqual([row.price_amount, row.price_currency], ['6.20', 'EUR']);
  assert.notEqual(row.amount, '6.20');
  await shop.pay(paymentId);
  assert.deepEqual((await order(id)).amounts, ['6.20'], "the invoice's own amount");
  await set({ api_key: 'pk_test_another' });
  assert.equal(await isOffered(2), false, 'EUR, for another project');
  await set();
});

for (const when of ['before', 'after']) {
  scenario(`19: a request that breaks off ${when} WHMCS's own step loses nothing and doubles nothing`, async () => {
    const { id, paymentId } = await buy();
    const raw = await shop.payUnheard(paymentId);
    await shop.sql('INSERT INTO usdt_test (crash) VALUES (?)', when);
    await shop.post(raw);
    assert.equal((await order(id)).rows[0].state, 'waiting');
    if (when === 'before') assert.equal(await shop.post(raw), 503, 'while the lock is young');
    assert.equal(await shop.ageLocks(), 1, 'it broke off with the lock');
    assert.equal(await shop.post(raw), 200);
    const paid = await order(id);
    assert.equal(paid.status, 'Paid');
    assert.equal(paid.completed, 1);
    assert.equal(paid.transactions.length, 1);
    assert.equal(paid.rows[0].state, 'booked');
  });
}

scenario("19: where a request broke off within WHMCS's own step, a person decides", async () => {
  const { id, paymentId } = await buy();
  const raw = await shop.payUnheard(paymentId);
  await shop.sql("INSERT INTO usdt_test (crash) VALUES ('middle')");
  await shop.post(raw);
  await shop.ageLocks();
  assert.equal(await shop.post(raw), 200);
  const left = await order(id);
  assert.equal(left.transactions.length, 1);
  assert.equal(left.rows[0].state, 'attention');
});

test('only the administration sees the tests of the settings, which say that the gateway is a preview', async () => {
  for (const action of ['status', 'act&proof=0'])
    assert.equal((await new Browser(shop).ask(callback(`action=${action}`), { form: { do: 'copy' } })).status, 403);
  assert.equal((await admin.ask(callback('action=act&proof=0'), { form: { do: 'copy' } })).status, 403);
  assert.match(await settings(), /is a preview/);
  assert.match((await admin.ask('admin/index.php')).text, /USDT \(TRC20\), preview.*is a preview/s);
  assert.equal((await new Browser(shop).ask(callback('action=other'))).status, 404);
});

test('clients read the page in their language', async () => {
  const buyer = new Browser(shop);
  buyer.cookies.set('language', 'german');
  const page = await buyer.ask(callback('action=back&here=1&token=none'));
  assert.match(page.text, /lang="de"/);
  assert.match(page.text, /Zahlung nicht gefunden/);
});

scenario('14: the address for a cron of the server finds what was paid, too', async () => {
  const { id, paymentId } = await buy();
  await shop.payUnheard(paymentId);
  await shop.sql('UPDATE mod_usdt_checkout_payment SET check_at = 0');
  const path = /<code>([^<]*action=cron[^<]*)<\/code>/.exec(await settings())[1];
  assert.equal((await new Browser(shop).ask(path)).status, 200);
  assert.equal((await order(id)).status, 'Paid');
});

scenario('15: a WHMCS that is set up anew with the same numbers has other payments', async () => {
  const first = await buy();
  await shop.pay(first.paymentId);
  for (const table of ['mod_usdt_checkout_payment', 'mod_usdt_checkout_state']) await shop.sql(`DROP TABLE ${table}`);
  await shop.sql('DELETE FROM tblinvoices WHERE id >= ?', first.id);
  await shop.sql('DELETE FROM tblaccounts WHERE invoiceid >= ?', first.id);
  await shop.sql("UPDATE sqlite_sequence SET seq = ? WHERE name = 'tblinvoices'", first.id - 1);
  const second = await buy();
  assert.equal(second.id, first.id);
  const [name, another] = [first, second].map(({ row }) => row.reference.split('-')[0]);
  assert.notEqual(another, name);
  assert.notEqual(second.paymentId, first.paymentId);
  assert.equal((await order(second.id)).status, 'Unpaid');
});

// In these the time of the chain passes, and ends whatever waits.

test('a payment whose time is over leaves the invoice as it is, and can be made again', async () => {
  const { buyer, id, row, paymentId } = await buy();
  await shop.gateway.letExpire(paymentId);
  await shop.runCheck();
  const left = await order(id);
  assert.equal(left.status, 'Unpaid');
  assert.equal(left.rows[0].state, 'expired');
  const page = await buyer.comeBack(row.token);
  const again = await buyer.ask(/href="([^"]*again[^"]*)"/.exec(page.text)[1]);
  const { rows } = await order(id);
  assert.equal(again.location, rows[1].payment_url);
  for (const stranger of [new Browser(shop), (await invoice()).buyer])
    assert.equal((await stranger.ask(callback(`action=again&token=${row.token}`))).status, 404, 'only by its client');
  await shop.pay(rows[1].payment_id);
  assert.equal((await order(id)).status, 'Paid');
});

scenario('9: late money pays an invoice that is still unpaid', async () => {
  const { id, paymentId } = await buy();
  await shop.gateway.letExpire(paymentId);
  await shop.runCheck();
  const event = await shop.pay(paymentId);
  assert.equal(event.late, true);
  const paid = await order(id);
  assert.equal(paid.status, 'Paid');
  assert.deepEqual(paid.transactions, [event.txid]);
});

scenario('10: late money for an invoice that was cancelled waits for a person', async () => {
  const { id, paymentId } = await buy();
  await shop.gateway.letExpire(paymentId);
  await shop.runCheck();
  await shop.sql("UPDATE tblinvoices SET status = 'Cancelled' WHERE id = ?", id);
  await shop.pay(paymentId);
  const left = await order(id);
  assert.equal(left.status, 'Cancelled');
  assert.deepEqual(left.transactions, []);
  assert.equal(left.rows[0].state, 'attention');
  assert.ok(shop.mailed().includes(`order ${id} needs your attention`));
});

scenario('10: late money waits for a person where the owner wants that', async () => {
  await set({ late_policy: 'hold' });
  const { id, paymentId } = await buy();
  assert.equal((await shop.pay(paymentId, { case: 'late' })).late, true);
  const left = await order(id);
  assert.deepEqual(left.transactions, []);
  assert.equal(left.rows[0].state, 'attention');
  await set();
});

test('PHP has nothing to say, and the log has no secret', () => {
  assert.deepEqual(shop.notices(), []);
  assert.ok(!shop.logged().includes(shop.gateway.secret));
});
