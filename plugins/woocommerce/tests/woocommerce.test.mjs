// The 20 scenarios of a shop, in WordPress on the database that it has, with the real gateway on a simulated chain.
//
//   WC_DIR=/srv/shop [ROUNDS=200] node --test woocommerce.test.mjs

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { until } from '../../testkit/gateway.mjs';
import { runsOn, scenario } from '../../testkit/scenario.mjs';
import { Buyer, Shop } from './shop.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 5);
const AT_ONCE = 6;

let shop;
let gateway;

before(async () => {
  shop = await Shop.open();
  gateway = shop.gateway;
  runsOn(shop.platform());
  await set();
});

after(() => shop?.close());

/** Settings as the form sends them. */
function set(changes = {}) {
  return shop.control('settings', {
    enabled: '1',
    gateway_url: gateway.url,
    api_key: gateway.key,
    api_secret: gateway.secret,
    title: 'USDT',
    description: 'Pay with USDT.',
    display: 'redirect',
    paid_status: 'default',
    expired_status: 'failed',
    late_policy: 'complete',
    tolerance: '0',
    ...changes,
  });
}

const product = async (values) => (await shop.control('product', { price: '6.20', ...values })).id;

/** An order that waits for its payment. */
async function buy({ stock, how = 'buyInBlocks', price, id } = {}) {
  const thing = id ?? (await product({ ...(stock === undefined ? {} : { stock }), ...(price ? { price } : {}) }));
  const buyer = new Buyer(shop);
  const bought = await buyer[how](thing);
  assert.ok(bought.redirect, JSON.stringify(bought));
  const order = await shop.order(bought.id);
  const row = order.rows.at(-1);
  return { buyer, thing, id: bought.id, redirect: bought.redirect, order, row, paymentId: row.payment_id };
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

const poll = async (buyer, row) => {
  const answer = await buyer.ask(`/?usdt-checkout=${row.token}&poll=1`);
  return { ...JSON.parse(answer.text), headers: answer.headers };
};

for (const how of ['buyInBlocks', 'buyInClassic']) {
  scenario(`1: an order is paid: ${how}`, async () => {
    const { buyer, id, redirect, order, row, paymentId } = await buy({ stock: 3, how });
    assert.equal(order.status, 'pending');
    assert.equal(redirect, (await gateway.status(paymentId)).payment_url);
    assert.match(row.reference, new RegExp(`^[a-z2-7]{8}-${id}-1$`));
    const event = await gateway.pay(paymentId);
    assert.deepEqual(event.statuses, [200]);
    const paid = await shop.order(id);
    assert.equal(paid.status, 'processing');
    assert.equal(paid.txid, event.txid);
    assert.equal(paid.completed, 1);
    assert.equal(paid.rows[0].state, 'booked');
    assert.ok(paid.notes.some((note) => note.includes(event.txid)));
    const back = await buyer.ask(`/?usdt-checkout=${row.token}`);
    assert.equal(back.status, 303);
    assert.ok(back.headers.get('location').includes(paid.key), 'the payer gets to the order');
    const stranger = await new Buyer(shop).ask(`/?usdt-checkout=${row.token}`);
    assert.equal(stranger.status, 200);
    assert.ok(!stranger.text.includes(paid.key));
    assert.match(stranger.headers.get('cache-control'), /no-store/);
  });

  test(`the same order again has the same payment: ${how}`, async () => {
    const thing = await product();
    const buyer = new Buyer(shop);
    const first = await buyer[how](thing);
    const again = await buyer[how.replace('buy', 'order')]();
    assert.equal(again.id, first.id);
    assert.equal(again.redirect, first.redirect);
    assert.equal((await shop.order(first.id)).rows.length, 1);
  });
}

scenario(`2: six webhooks at once complete an order once, ${ROUNDS} rounds`, async () => {
  const thing = await product({ stock: 1000 });
  try {
    for (let round = 1; round <= ROUNDS; round++) {
      const { id, paymentId } = await buy({ id: thing });
      gateway.way = { times: AT_ONCE };
      const { statuses } = await gateway.pay(paymentId);
      assert.equal(statuses.length, AT_ONCE);
      assert.ok(statuses.every((status) => status === 200 || status === 503), String(statuses));
      const order = await shop.order(id);
      assert.equal(order.completed, 1, `round ${round}`);
      assert.equal(order.rows[0].state, 'booked');
      assert.equal((await shop.control('stock', { id: thing })).stock, 1000 - round, `round ${round}`);
    }
  } finally {
    gateway.way = { times: 1 };
  }
});

scenario(`3: webhooks and the return page at once complete an order once, ${ROUNDS} rounds`, async () => {
  const thing = await product({ stock: 1000 });
  for (let round = 1; round <= ROUNDS; round++) {
    const { buyer, id, row, paymentId } = await buy({ id: thing });
    gateway.way = { isDown: true };
    const { raw } = await gateway.pay(paymentId);
    gateway.way = { times: 1 };
    const visits = [0, 1, 2].map(() => buyer.ask(`/?usdt-checkout=${row.token}`));
    const posts = [0, 1, 2].map(() => gateway.post(raw));
    await Promise.all([...visits, ...posts]);
    const order = await shop.order(id);
    assert.equal(order.completed, 1, `round ${round}`);
    assert.equal(order.status, 'processing');
    assert.equal((await shop.control('stock', { id: thing })).stock, 1000 - round, `round ${round}`);
  }
});

for (const path of ['/?wc-api=usdt_checkout', '/?rest_route=/usdt-checkout/v1/webhook']) {
  scenario(`4: a wrong signature changes nothing: ${path}`, async () => {
    const { id, row } = await buy();
    const url = shop.webhookUrl(path);
    const body = JSON.stringify(paidEvent(row));
    const good = gateway.sign(body);
    const bad = [{}, { 'x-signature': '' }, { 'x-signature': '0'.repeat(64) }, { 'x-signature': good.slice(1) }];
    bad.push({ 'x-signature': `sha256=${good}` }, { 'x-signature': Buffer.from(`é${good.slice(1)}`).toString('latin1') });
    for (const headers of bad) assert.equal(await gateway.post(body, headers, url), 401, JSON.stringify(headers));
    assert.equal(await gateway.post(`${body} `, { 'x-signature': good }, url), 401);
    assert.equal((await shop.order(id)).status, 'pending');
    assert.equal(await gateway.post(body, { 'x-signature': good.toUpperCase() }, url), 200);
    assert.equal((await shop.order(id)).status, 'processing');
  });
}

for (const [name, changes] of Object.entries({
  amount: { amount: '0.01' },
  order: { order_id: 'other-1-1' },
  currency: { currency: 'USDC' },
  network: { network: 'ERC20' },
})) {
  scenario(`5: another ${name} than was asked for changes no order`, async () => {
    const { id, row } = await buy();
    assert.equal(await gateway.post(JSON.stringify(paidEvent(row, changes))), 200);
    const order = await shop.order(id);
    assert.equal(order.status, 'pending');
    assert.equal(order.completed, 0);
    assert.equal(order.rows[0].state, 'attention');
    assert.ok(order.notes.some((note) => note.includes('differs')));
  });
}

scenario('5: less than was due waits for a person, but for the tolerance', async () => {
  const short = await buy();
  assert.equal(await gateway.post(JSON.stringify(paidEvent(short.row, { received_amount: '6.10' }))), 200);
  const held = await shop.order(short.id);
  assert.equal(held.status, 'on-hold');
  assert.equal(held.completed, 0);
  assert.equal(held.rows[0].state, 'attention');
  await set({ tolerance: '0,10' });
  const tolerated = await buy();
  assert.equal(await gateway.post(JSON.stringify(paidEvent(tolerated.row, { received_amount: '6.10' }))), 200);
  assert.equal((await shop.order(tolerated.id)).status, 'processing');
  await set();
});

scenario('6: money for an order of somebody else is written down once', async () => {
  const body = JSON.stringify(paidEvent({ payment_id: '4711', reference: 'elsewhere-7-1', amount: '5.00' }));
  assert.equal(await gateway.post(body), 200);
  assert.equal(await gateway.post(body), 200);
  const { rows } = await shop.control('unknown');
  assert.deepEqual(rows.map((row) => [row.payment_id, row.state]), [['4711', 'attention']]);
  const { events } = await shop.control('events');
  assert.equal(events.filter((event) => event.what === 'mail' && event.about.includes('A USDT payment needs')).length, 1);
});

scenario('7: the same webhook days later changes nothing', async () => {
  const { id, paymentId, thing } = await buy({ stock: 5 });
  const { raw } = await gateway.pay(paymentId);
  await shop.control('change', { id, status: 'completed' });
  await shop.control('age', { order: id, seconds: 5 * 86_400 });
  const before = await shop.order(id);
  assert.equal(await gateway.post(raw), 200);
  await shop.control('change', { id, status: 'refunded' });
  assert.equal(await gateway.post(raw), 200);
  const order = await shop.order(id);
  assert.equal(order.status, 'refunded');
  assert.equal(order.completed, 1);
  assert.equal(order.notes.filter((note) => note.includes('is paid')).length, before.notes.filter((note) => note.includes('is paid')).length);
  assert.ok((await shop.control('stock', { id: thing })).stock >= 4);
});

scenario('11: an order that was paid otherwise meanwhile is left alone', async () => {
  const { id, paymentId } = await buy({ stock: 5 });
  await shop.control('change', { id, method: 'cheque', complete: 'cheque-1' });
  await gateway.pay(paymentId);
  const order = await shop.order(id);
  assert.equal(order.txid, 'cheque-1');
  assert.equal(order.completed, 1);
  assert.equal(order.rows[0].state, 'attention');
  assert.ok(order.notes.some((note) => note.includes('paid before')));
});

scenario('11: an order that waits for another method by now is left alone', async () => {
  const { id, paymentId } = await buy();
  await shop.control('change', { id, method: 'cheque', status: 'on-hold' });
  await gateway.pay(paymentId);
  const order = await shop.order(id);
  assert.equal(order.status, 'on-hold');
  assert.equal(order.rows[0].state, 'attention');
});

scenario('12, 13: another total makes another payment, and the old one pays nothing', async () => {
  const { buyer, id, order, row, paymentId } = await buy();
  await shop.control('change', { id, total: '9.99' });
  const location = await buyer.payAgain(order.pay_url);
  const changed = await shop.order(id);
  assert.equal(changed.rows.length, 2);
  assert.match(changed.rows[1].reference, /-2$/);
  assert.equal(location, changed.rows[1].payment_url);
  assert.equal(changed.rows[1].amount, '9.99');
  const { statuses } = await gateway.pay(paymentId);
  assert.deepEqual(statuses, [200]);
  const old = await shop.order(id);
  assert.equal(old.status, 'pending');
  assert.equal(old.rows[0].state, 'attention');
  assert.ok(old.notes.some((note) => note.includes('earlier attempt')));
  await gateway.pay(changed.rows[1].payment_id);
  const paid = await shop.order(id);
  assert.equal(paid.status, 'processing');
  assert.equal(paid.completed, 1);
  assert.notEqual(row.payment_id, changed.rows[1].payment_id);
});

scenario('12: a total that was changed after the payment was made waits for a person', async () => {
  const { id, paymentId } = await buy();
  await shop.control('change', { id, total: '9.99' });
  await gateway.pay(paymentId);
  const order = await shop.order(id);
  assert.equal(order.status, 'on-hold');
  assert.equal(order.rows[0].state, 'attention');
});

scenario('15: a copy of the shop stops by itself, and has other payments once it is told to be a copy', async () => {
  const { id, paymentId, order, row } = await buy();
  const { id: name } = await shop.control('shop');
  const { home } = shop.facts;
  await shop.control('option', { name: 'home', value: home.replace('127.0.0.1', 'localhost') });
  try {
    assert.equal((await shop.control('shop')).moved, true);
    assert.deepEqual((await new Buyer(shop).methods()).filter((method) => method === 'usdt_checkout'), []);
    assert.equal(await gateway.post(JSON.stringify(paidEvent(row))), 503);
    await shop.control('run-job');
    assert.match((await shop.control('box', { id })).html, /takes no payments/);
    assert.equal((await shop.order(id)).status, 'pending');
    const { id: other, moved } = await shop.control('shop', { do: 'new' });
    assert.notEqual(other, name);
    assert.equal(moved, false);
    assert.equal((await shop.order(id)).rows[0].state, 'closed');
  } finally {
    await shop.control('option', { name: 'home', value: home });
  }
  await shop.control('shop', { do: 'keep' });
  const location = await new Buyer(shop).payAgain(order.pay_url);
  const again = await shop.order(id);
  assert.equal(location, again.rows[1].payment_url);
  assert.notEqual(again.rows[1].payment_id, paymentId);
});

scenario('15: a shop that is set up anew with the same numbers has other payments', async () => {
  const { id, order, paymentId, buyer } = await buy();
  await gateway.pay(paymentId);
  await shop.control('forget-shop');
  // The order's number comes again, with the same amount, in a database that knows of nothing.
  await shop.control('change', { id, status: 'pending' });
  const fresh = await buy();
  assert.notEqual(fresh.row.reference.split('-')[0], order.rows[0].reference.split('-')[0]);
  assert.ok(buyer);
});

scenario('10: money for a payment that nobody expects any more is not lost', async () => {
  const { id, paymentId } = await buy();
  await shop.control('set-row', { order: id, changes: { state: 'closed' } });
  await gateway.pay(paymentId);
  assert.equal((await shop.order(id)).status, 'processing');
  const gone = await buy();
  await shop.control('set-row', { order: gone.id, changes: { wc_order: 999999 } });
  const { statuses } = await gateway.pay(gone.paymentId);
  assert.deepEqual(statuses, [200]);
  assert.equal((await shop.control('row', { payment_id: gone.paymentId })).state, 'attention');
});

scenario('15: money for the original of a copy changes no order of the copy', async () => {
  const { id, row } = await buy();
  await shop.control('shop', { do: 'new' });
  await gateway.post(JSON.stringify(paidEvent(row)));
  const order = await shop.order(id);
  assert.equal(order.status, 'pending');
  assert.equal(order.rows[0].state, 'attention');
});

scenario('16: no refund is offered', async () => {
  const { supports, refunds } = await set();
  assert.deepEqual(supports, ['products']);
  assert.equal(refunds, false);
});

scenario('17: payers see the method where their currency can be paid', async () => {
  const isOffered = async (currency) => {
    await shop.control('option', { name: 'woocommerce_currency', value: currency });
    return (await new Buyer(shop).methods()).includes('usdt_checkout');
  };
  try {
    assert.equal(await isOffered('USDT'), true);
    assert.equal(await isOffered('EUR'), false, 'until the gateway has been asked');
    const { lines } = await shop.control('test', { name: 'connection' });
    assert.ok(lines.some(([isGood, text]) => isGood && text.includes('EUR')), JSON.stringify(lines));
    assert.equal(await isOffered('EUR'), true);
    const { id, row, paymentId } = await buy();
    assert.equal(row.price_amount, '6.20');
    assert.equal(row.price_currency, 'EUR');
    const { amount, price } = await gateway.status(paymentId);
    assert.equal(price.currency, 'EUR');
    assert.equal(row.amount, amount);
    assert.notEqual(amount, '6.20');
    await gateway.pay(paymentId);
    assert.equal((await shop.order(id)).status, 'processing');
    assert.equal(await isOffered('GBP'), false);
    await shop.control('test', { name: 'connection' });
    assert.equal(await isOffered('GBP'), false);
  } finally {
    await shop.control('option', { name: 'woocommerce_currency', value: 'USD' });
  }
  assert.equal((await new Buyer(shop).methods()).includes('usdt_checkout'), true);
});

scenario('18: nobody learns the order key from the gateway', async () => {
  const { order, paymentId, row } = await buy();
  const open = await fetch(`${gateway.url}/api/payment-status.php?payment_id=${paymentId}`);
  const text = await open.text();
  assert.ok(text.includes(row.token), 'the way back is in it');
  assert.ok(!text.includes(order.key));
  assert.ok(!text.includes('wc_order_'));
  const stranger = await new Buyer(shop).ask(`/?usdt-checkout=${row.token}&poll=1`);
  assert.ok(!stranger.text.includes(order.key));
  assert.deepEqual(JSON.parse(stranger.text), { state: 'waiting', next: null });
});

for (const hook of ['woocommerce_pre_payment_complete', 'woocommerce_payment_complete']) {
  scenario(`19: a request that breaks off at ${hook} loses nothing and doubles nothing`, async () => {
    const { id, paymentId, thing } = await buy({ stock: 5 });
    gateway.way = { isDown: true };
    const { raw } = await gateway.pay(paymentId);
    gateway.way = { times: 1 };
    await shop.control('option', { name: 'usdt_test_crash', value: hook });
    await gateway.post(raw);
    assert.equal((await shop.order(id)).rows[0].state, 'waiting');
    assert.equal((await shop.control('age-locks')).locks, 1, 'it broke off with the lock');
    assert.equal(await gateway.post(raw), 200);
    const order = await shop.order(id);
    assert.equal(order.status, 'processing');
    assert.equal(order.completed, 1);
    assert.equal(order.rows[0].state, 'booked');
    assert.equal((await shop.control('stock', { id: thing })).stock, 4);
  });
}

test('several clicks at once make one payment', async () => {
  const other = await new Buyer(shop).buyInBlocks(await product(), 'cheque');
  await shop.control('change', { id: other.id, status: 'pending' });
  const { pay_url: url } = await shop.order(other.id);
  const locations = await Promise.all([1, 2, 3, 4].map(() => new Buyer(shop).payAgain(url)));
  const { rows } = await shop.order(other.id);
  assert.equal(rows.length, 1);
  assert.deepEqual(new Set(locations), new Set([rows[0].payment_url]));
});

for (const how of ['buyInBlocks', 'buyInClassic']) {
  test(`a gateway that does not answer costs no order: ${how}`, async () => {
    const thing = await product();
    const buyer = new Buyer(shop);
    await set({ gateway_url: 'http://127.0.0.1:9' });
    const refused = await buyer[how](thing);
    assert.equal(refused.redirect, undefined);
    assert.match(JSON.stringify(refused), /possible right now/);
    await set();
    const { id, redirect } = await buyer[how](thing);
    const { rows } = await shop.order(id);
    assert.equal(rows.length, 1);
    assert.equal(redirect, rows[0].payment_url);
    await gateway.pay(rows[0].payment_id);
    assert.equal((await shop.order(id)).status, 'processing');
  });
}

test('while another request holds the order, the gateway is told to come again', async () => {
  const { id, paymentId } = await buy();
  gateway.way = { isDown: true };
  const { raw } = await gateway.pay(paymentId);
  gateway.way = { times: 1 };
  await shop.control('option', { name: 'usdt_test_crash', value: 'woocommerce_pre_payment_complete' });
  await gateway.post(raw);
  assert.equal(await gateway.post(raw), 503);
  assert.equal((await shop.order(id)).status, 'pending');
  await shop.control('age-locks');
  assert.equal(await gateway.post(raw), 200);
});

test('the settings never show the secret, and keep it where the field is empty', async () => {
  const { html, stored } = await set({ api_secret: '' });
  assert.ok(!html.includes(gateway.secret));
  assert.ok(!JSON.stringify(stored).includes(gateway.secret));
  const { lines } = await shop.control('test', { name: 'connection' });
  assert.equal(lines[0][0], true, JSON.stringify(lines));
  await set({ api_secret: 'sk_test_wrong' });
  const wrong = await shop.control('test', { name: 'connection' });
  assert.equal(wrong.lines[0][0], false);
  assert.match(wrong.lines[0][1], /Invalid signature/);
  const { errors } = await set({ gateway_url: 'pay.example.com/path', tolerance: 'much' });
  assert.equal(errors.length, 2);
  await set();
});

test('the webhook is set and tested by a button', async () => {
  const { lines } = await shop.control('test', { name: 'webhook' });
  assert.equal(lines.length, 1, JSON.stringify(lines));
  assert.equal(lines[0][0], true, JSON.stringify(lines));
  const { project } = await gateway.api('GET', '/api/v1/project');
  assert.equal(project.webhook_url, `${shop.url}/?wc-api=usdt_checkout`);
  const { id, paymentId } = await buy();
  // Straight from the gateway, with all of its headers.
  await gateway.api('POST', '/api/v1/test/pay', { payment_id: Number(paymentId), case: 'exact' });
  await until(async () => (await shop.order(id)).status === 'processing');
  await gateway.api('PATCH', '/api/v1/project', { webhook_url: gateway.webhookUrl });
});

test('in a window: the payer stays in the shop, and goes on by itself', async () => {
  await set({ display: 'window' });
  const { buyer, redirect, row, paymentId, order } = await buy();
  assert.equal(redirect, `${shop.url}/?usdt-checkout=${row.token}`);
  const page = await buyer.ask(redirect);
  assert.ok(page.text.includes(`src="${gateway.url}/v1/widget.js"`));
  assert.ok(page.text.includes('data-usdt-checkout'));
  const hosts = [...page.text.matchAll(/(?:src|href)="(https?:\/\/[^/"]+)/g)].map((match) => match[1]);
  assert.deepEqual([...new Set(hosts)].sort(), [gateway.url, shop.url].sort());
  assert.equal((await poll(buyer, row)).state, 'waiting');
  await gateway.pay(paymentId);
  const now = await poll(buyer, row);
  assert.equal(now.state, 'paid');
  assert.ok(now.next.includes(order.key));
  assert.equal((await new Buyer(shop).ask('/?usdt-checkout=' + '0'.repeat(32))).status, 404);
  assert.equal((await new Buyer(shop).ask("/?usdt-checkout=x'--")).status, 404);
  await set();
});

test('payers read the page in the language of the shop', async () => {
  try {
    for (const [locale, words] of [['de_DE', 'Zahlung nicht gefunden'], ['pt_BR', 'não encontrado']]) {
      await shop.control('option', { name: 'usdt_test_locale', value: locale });
      const page = await new Buyer(shop).ask('/?usdt-checkout=none');
      assert.ok(page.text.includes(words), `${locale}: ${page.text}`);
    }
  } finally {
    await shop.control('option', { name: 'usdt_test_locale', value: '' });
  }
});

test('the administration shows payments, and what needs attention', async () => {
  const { id, row } = await buy();
  await gateway.post(JSON.stringify(paidEvent(row, { amount: '1.00' })));
  const { html } = await shop.control('box', { id });
  assert.ok(html.includes(row.reference));
  assert.match(html, /needs your attention/);
  const health = await shop.control('health');
  assert.equal(health.test.status, 'critical');
  assert.ok(health.report.includes('USDT Checkout'));
  assert.ok(!JSON.stringify(health).includes(gateway.secret));
  const exported = [];
  for (let page = 1, isDone = false; !isDone; page++) {
    const { data, done } = await shop.control('export', { email: 'ann@shop.example', page });
    exported.push(...data);
    isDone = done;
  }
  assert.ok(JSON.stringify(exported).includes(row.payment_id));
});

test('only who manages the shop settles what needs attention', async () => {
  const { row, id } = await buy();
  await gateway.post(JSON.stringify(paidEvent(row, { amount: '1.00' })));
  const admin = await new Buyer(shop).logIn('administrator');
  const page = await admin.ask('/wp-admin/index.php');
  const [notice] = page.text.split('class="notice').filter((part) => part.includes(row.payment_id));
  const links = [...notice.matchAll(/href="([^"]+)"/g)].map((match) => match[1].replaceAll('&#038;', '&').replaceAll('&amp;', '&'));
  const link = links.find((one) => one.includes('do=settle'));
  const state = async () => (await shop.order(id)).rows[0].state;
  for (const other of [new Buyer(shop), await new Buyer(shop).logIn('subscriber')]) {
    assert.ok(!(await other.ask('/wp-admin/index.php')).text.includes(row.payment_id));
    await other.ask(link);
    assert.equal(await state(), 'attention');
    const body = new URLSearchParams({ action: 'usdt_checkout_test', test: 'connection' });
    const answer = await other.ask('/wp-admin/admin-ajax.php', { method: 'POST', body });
    assert.ok(answer.status >= 400 || answer.text === '0', answer.text);
  }
  await admin.ask(link.replace(/_wpnonce=\w+/, '_wpnonce=0'));
  assert.equal(await state(), 'attention');
  const check = link.replace('do=settle', 'do=check');
  assert.equal((await admin.ask(check)).status, 303);
  assert.equal((await admin.ask(link)).status, 303);
  assert.equal(await state(), 'settled');
});

test('"Check now" books what was paid', async () => {
  const { row, id, paymentId } = await buy();
  gateway.way = { isDown: true };
  await gateway.pay(paymentId);
  gateway.way = { times: 1 };
  const admin = await new Buyer(shop).logIn('administrator');
  const { location } = await shop.control('check-link', { row: row.id, cookies: admin.cookies() });
  assert.equal((await admin.ask(location)).status, 303);
  assert.equal((await shop.order(id)).status, 'processing');
});

// In these the time of the chain passes, and ends whatever waits.

scenario('8: an order whose time is over ends, and gives its goods back', async () => {
  const { buyer, id, row, thing, order, paymentId } = await buy({ stock: 1 });
  assert.equal((await shop.control('stock', { id: thing })).held, 1);
  await gateway.letExpire(paymentId);
  await shop.control('run-job');
  const ended = await shop.order(id);
  assert.equal(ended.status, 'failed');
  assert.equal(ended.rows[0].state, 'expired');
  assert.deepEqual(await shop.control('stock', { id: thing }), { stock: 1, held: 0 });
  const page = await buyer.ask(`/?usdt-checkout=${row.token}`);
  assert.match(page.text, /Try again/);
  const location = await buyer.payAgain(order.pay_url);
  const again = await shop.order(id);
  assert.equal(again.rows.length, 2);
  assert.equal(location, again.rows[1].payment_url);
  await gateway.pay(again.rows[1].payment_id);
  assert.equal((await shop.order(id)).status, 'processing');
});

scenario('9: late money pays an order whose goods are there', async () => {
  const { id, paymentId, thing } = await buy({ stock: 1 });
  await gateway.letExpire(paymentId);
  await shop.control('run-job');
  assert.equal((await shop.order(id)).status, 'failed');
  const event = await gateway.pay(paymentId);
  assert.equal(event.late, true);
  const order = await shop.order(id);
  assert.equal(order.status, 'processing');
  assert.equal(order.completed, 1);
  assert.equal((await shop.control('stock', { id: thing })).stock, 0);
});

scenario('10: late money for goods that are sold waits for a person', async () => {
  await set({ expired_status: 'cancelled' });
  const { id, paymentId, thing } = await buy({ stock: 1 });
  await gateway.letExpire(paymentId);
  await shop.control('run-job');
  assert.equal((await shop.order(id)).status, 'cancelled');
  const other = await buy({ id: thing });
  await gateway.pay(other.paymentId);
  assert.equal((await shop.control('stock', { id: thing })).stock, 0);
  await gateway.pay(paymentId);
  const order = await shop.order(id);
  assert.equal(order.status, 'on-hold');
  assert.equal(order.completed, 0);
  assert.equal(order.rows[0].state, 'attention');
  assert.equal((await shop.control('stock', { id: thing })).stock, 0, 'nothing is taken twice');
  const { events } = await shop.control('events');
  assert.ok(events.some((event) => event.what === 'mail' && event.about.includes(`order ${id}`)));
  await set();
});

scenario('10: late money waits for a person where the shop wants that', async () => {
  await set({ late_policy: 'hold' });
  const { id, paymentId } = await buy({ stock: 5 });
  const event = await gateway.pay(paymentId, { case: 'late' });
  assert.equal(event.late, true);
  assert.equal((await shop.order(id)).status, 'on-hold');
  await set();
});

scenario('14: what was paid while the shop was down is found', async () => {
  const first = await buy({ stock: 5 });
  const second = await buy();
  gateway.way = { isDown: true };
  await gateway.pay(first.paymentId);
  await gateway.letExpire(second.paymentId);
  assert.equal((await shop.order(first.id)).status, 'pending');
  assert.equal((await shop.control('ensure-job')).scheduled, true);
  await Promise.all([shop.control('run-job'), shop.control('run-job'), shop.control('run-job')]);
  await shop.control('run-job');
  gateway.way = { times: 1 };
  const order = await shop.order(first.id);
  assert.equal(order.status, 'processing');
  assert.equal(order.completed, 1);
  assert.equal((await shop.order(second.id)).status, 'failed');
});

scenario('14: a payment whose creation was never answered is found', async () => {
  const { id, row, paymentId } = await buy();
  gateway.way = { isDown: true };
  const { raw } = await gateway.pay(paymentId);
  gateway.way = { times: 1 };
  await shop.control('forget-answer', { order: id });
  assert.equal((await shop.order(id)).rows[0].payment_id, null);
  assert.equal(await gateway.post(raw), 200);
  const order = await shop.order(id);
  assert.equal(order.status, 'processing');
  assert.equal(order.rows[0].payment_id, row.payment_id);
});

test('WooCommerce does not cancel an order that waits for its payment, and goes on to cancel others', async () => {
  const ours = await buy({ how: 'buyInClassic' });
  const other = await new Buyer(shop).buyInClassic(await product(), 'cheque');
  for (const { id } of [ours, other]) await shop.control('change', { id, hours_old: 2, status: 'pending' });
  await shop.control('unpaid');
  assert.equal((await shop.order(ours.id)).status, 'pending');
  assert.equal((await shop.order(other.id)).status, 'cancelled');
});

scenario('20: uninstalling leaves nothing but the notes of orders', async () => {
  const { id } = await buy();
  const left = await shop.control('uninstall');
  assert.deepEqual(left, { options: [], table: null, scheduled: false });
  assert.ok((await shop.order(id)).notes.some((note) => note.includes('USDT payment')));
});

test('PHP has nothing to say', () => {
  assert.deepEqual(shop.notices(), []);
});
