// A payer comes back from the gateway's site in Chromium, which then keeps cookies of the kind `SameSite=Strict` back.
//
//   [OPENCART_DIR=/srv/shop] [PICTURES=folder] node --test browser.test.mjs
//
// It takes Playwright from tests/browser, where `npm ci` brings it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { CHROMIUM_ENV, CHROMIUM_FLAGS } from '../../../tests/browser/chromium.mjs';
import { Buyer, SETTINGS, Shop } from './shop.mjs';

const require = createRequire(new URL('../../../tests/browser/package.json', import.meta.url));
const { chromium } = require('@playwright/test');

let shop;
let browser;
/** Another site: `localhost` is not `127.0.0.1`. */
let elsewhere;

before(async () => {
  shop = await Shop.open(process.env.OPENCART_DIR);
  const { url: gateway_url, key: api_key, secret: api_secret } = shop.gateway;
  assert.equal((await shop.admin.save({ ...SETTINGS, gateway_url, api_key, api_secret })).error, undefined);
  elsewhere = createServer((request, response) => {
    const target = new URL(request.url, 'http://localhost').searchParams.get('to') ?? '';
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<a href="${target.replaceAll('&', '&amp;')}">back</a>`);
  });
  elsewhere.listen(0, 'localhost');
  await once(elsewhere, 'listening');
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: CHROMIUM_FLAGS,
    env: CHROMIUM_ENV,
  });
});

after(async () => {
  await browser?.close();
  elsewhere?.close();
  await shop?.close();
});

/** A browser's page with the session of somebody. */
async function pageOf(buyer) {
  const context = await browser.newContext();
  const value = buyer.cookies.get('OCSESSID');
  await context.addCookies([{ name: 'OCSESSID', value, url: shop.url, sameSite: 'Strict', httpOnly: true }]);
  return context.newPage();
}

/** Somebody who has bought, and is on the gateway's page. */
async function buyAndLeave() {
  const buyer = new Buyer(shop);
  const { redirect } = await buyer.buy(await shop.product());
  const [row] = await shop.rows('SELECT * FROM oc_usdt_checkout_payment WHERE payment_url = ?', redirect);
  const page = await pageOf(buyer);
  const cookies = () => page.context().cookies(shop.url);
  const sessionNow = async () => (await cookies()).find(({ name }) => name === 'OCSESSID').value;
  return { row, page, session: buyer.cookies.get('OCSESSID'), sessionNow };
}

async function comeBack(page, path) {
  const to = `${shop.url}/${path}`;
  await page.goto(`http://localhost:${elsewhere.address().port}/?to=${encodeURIComponent(to)}`);
  await page.click('a');
}

const picture = (page, name) =>
  process.env.PICTURES && page.screenshot({ path: join(process.env.PICTURES, `opencart-${shop.version}-${name}.png`), fullPage: true });

test('the button of the checkout leads to the payment', async () => {
  const buyer = new Buyer(shop);
  await buyer.checkout(await shop.product());
  const page = await pageOf(buyer);
  await page.goto(`${shop.url}/${shop.kind.confirmPage}`);
  await picture(page, 'checkout');
  await page.click('#button-confirm');
  await page.waitForURL(`${shop.gateway.url}/**`);
});

test('the buttons of the settings show what they have found', async () => {
  const page = await pageOf(shop.admin);
  await page.goto(`${shop.url}/${shop.admin.path(shop.kind.adminRoute('index'))}`);
  await page.click('[data-usdt-checkout="connection"]');
  await page.waitForSelector('#usdt-checkout-result p');
  assert.match(await page.textContent('#usdt-checkout-result'), /✓ The gateway knows your shop/);
  await picture(page, 'settings');
});

test('the payer gets to the order, in the same session', async () => {
  const { row, page, session, sessionNow } = await buyAndLeave();
  await shop.pay(row.payment_id);
  await comeBack(page, `${shop.kind.route('back')}&token=${row.token}`);
  await page.waitForURL(/checkout\/success/);
  assert.equal(await sessionNow(), session);
});

test('without the step in between, the payer is a stranger', async () => {
  const { row, page } = await buyAndLeave();
  await shop.pay(row.payment_id);
  await comeBack(page, `${shop.kind.route('back')}&here=1&token=${row.token}`);
  await page.waitForSelector('#usdt-checkout h1');
  assert.ok(!page.url().includes('success'));
});

test('the page goes on by itself when the payment comes', async () => {
  const { row, page } = await buyAndLeave();
  await comeBack(page, `${shop.kind.route('back')}&token=${row.token}`);
  await page.waitForSelector('#usdt-checkout[data-poll]');
  await picture(page, 'waiting');
  await shop.pay(row.payment_id);
  await page.waitForURL(/checkout\/success/);
});
