// A payer pays in the window above the shop, in Chromium.
//
//   WC_DIR=/srv/shop [PICTURES=folder] node --test window.test.mjs
//
// It takes Playwright from tests/browser, where `npm ci` brings it.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';

import { CHROMIUM_ENV, CHROMIUM_FLAGS } from '../../../tests/browser/chromium.mjs';
import { Buyer, Shop } from './shop.mjs';

const require = createRequire(new URL('../../../tests/browser/package.json', import.meta.url));
const { chromium } = require('@playwright/test');
const { default: AxeBuilder } = require('@axe-core/playwright');

let shop;
let browser;

before(async () => {
  shop = await Shop.open();
  await shop.control('settings', {
    enabled: '1',
    gateway_url: shop.gateway.url,
    api_key: shop.gateway.key,
    api_secret: shop.gateway.secret,
    title: 'USDT',
    description: 'Pay with USDT.',
    display: 'window',
  });
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: CHROMIUM_FLAGS,
    env: CHROMIUM_ENV,
  });
});

after(async () => {
  await browser?.close();
  await shop?.close();
});

/** A browser that has the cookies of a buyer, and where it was told to go. */
async function buy() {
  const { id: product } = await shop.control('product', { price: '6.20' });
  const buyer = new Buyer(shop);
  const { id, redirect } = await buyer.buyInBlocks(product);
  const context = await browser.newContext({ viewport: { width: 900, height: 900 } });
  const { hostname } = new URL(shop.url);
  await context.addCookies(buyer.cookies().map(([name, value]) => ({ name, value, domain: hostname, path: '/' })));
  const page = await context.newPage();
  const elsewhere = new Set();
  const complaints = [];
  page.on('request', (request) => elsewhere.add(new URL(request.url()).origin));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(redirect);
  return { id, page, complaints, elsewhere, order: await shop.order(id) };
}

/** Waits for the payment in the window. */
function shown(page) {
  return page.frameLocator('usdt-checkout iframe').getByText('Waiting for your payment').first().waitFor();
}

async function isAccessible(page) {
  assert.deepEqual((await new AxeBuilder({ page }).analyze()).violations, []);
}

async function picture(page, name) {
  if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/${name}.png` });
}

test('the payer pays in the window, and gets to the order', async () => {
  const { id, page, complaints, elsewhere, order } = await buy();
  const [row] = order.rows;
  await shown(page);
  await picture(page, 'window');
  await shop.gateway.pay(row.payment_id);
  await page.waitForURL((url) => url.searchParams.has('order-received') || url.pathname.includes('order-received'));
  assert.ok(page.url().includes(order.key));
  assert.equal((await shop.order(id)).status, 'processing');
  assert.deepEqual(complaints, []);
  assert.deepEqual([...elsewhere].sort(), [shop.url, shop.gateway.url].sort());
});

test('a payer who closes the window still has the link, and hears when the time is over', async () => {
  const { page, order } = await buy();
  const [row] = order.rows;
  await shown(page);
  await page.keyboard.press('Escape');
  const link = page.getByRole('link', { name: 'Pay with USDT' });
  await link.waitFor();
  await isAccessible(page);
  await picture(page, 'waiting');
  await link.click();
  await shown(page);
  await page.keyboard.press('Escape');
  await shop.gateway.letExpire(row.payment_id);
  await page.getByRole('link', { name: 'Try again' }).waitFor();
  await isAccessible(page);
  await picture(page, 'expired');
});
