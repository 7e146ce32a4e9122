// Both checkouts and the administration of a real WooCommerce, in Chromium.
//
//   WC_DIR=/srv/shop [PICTURES=folder] node --test checkout.test.mjs
//
// The double of WooCommerce has no pages of these.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';

import { CHROMIUM_ENV, CHROMIUM_FLAGS } from '../../../tests/browser/chromium.mjs';
import { Buyer, Shop } from './shop.mjs';

const require = createRequire(new URL('../../../tests/browser/package.json', import.meta.url));
const { chromium } = require('@playwright/test');

let shop;
let browser;

const skip = process.env.WC_DIR ? false : 'the double of WooCommerce has no pages of these';

before(async () => {
  if (skip) return;
  shop = await Shop.open();
  await shop.control('settings', {
    enabled: '1',
    gateway_url: shop.gateway.url,
    api_key: shop.gateway.key,
    api_secret: shop.gateway.secret,
    title: 'USDT (TRC20)',
    description: 'Pay with USDT.',
    display: 'redirect',
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

async function open(viewport = { width: 1200, height: 1000 }) {
  const context = await browser.newContext({ viewport });
  const page = await context.newPage();
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  return page;
}

/** A picture of a part of the page, where somebody wants it. */
async function picture(part, name) {
  if (process.env.PICTURES) await part.screenshot({ path: `${process.env.PICTURES}/woocommerce-${name}.png` });
}

const CHECKOUTS = {
  async blocks(page) {
    await page.goto(shop.facts.blocks);
    await page.getByLabel('Email address').fill('ann@shop.example');
    await page.getByLabel('First name').fill('Ann');
    await page.getByLabel('Last name').fill('Example');
    await page.getByLabel('Address', { exact: true }).fill('Street 1');
    await page.getByLabel('City').fill('Berlin');
    await page.getByLabel('Postal code').fill('10115');
    await page.getByRole('radio', { name: 'USDT (TRC20)' }).check();
    await page.getByText('Pay with USDT.').waitFor();
    await page.locator('.wc-block-components-totals-item__value').last().waitFor();
    await picture(page.locator('.wc-block-components-sidebar-layout'), 'checkout');
    await page.getByRole('button', { name: 'Pay with USDT' }).click();
  },
  async classic(page) {
    await page.goto(shop.url + shop.facts.checkout);
    await page.locator('#billing_first_name').fill('Ann');
    await page.locator('#billing_last_name').fill('Example');
    await page.locator('#billing_address_1').fill('Street 1');
    await page.locator('#billing_postcode').fill('10115');
    await page.locator('#billing_city').fill('Berlin');
    await page.locator('#billing_phone').fill('123456');
    await page.locator('#billing_email').fill('ann@shop.example');
    await page.locator('label[for="payment_method_usdt_checkout"]').click();
    await page.getByText('Pay with USDT.').waitFor();
    await picture(page.locator('form.checkout').first(), 'checkout-classic');
    await page.getByRole('button', { name: 'Pay with USDT' }).click();
  },
};

for (const [name, order] of Object.entries(CHECKOUTS)) {
  test(`a payer orders, pays, and comes back to the order: ${name}`, { skip }, async () => {
    const { id: product } = await shop.control('product', { price: '6.20' });
    const page = await open();
    await page.goto(`${shop.url}/?add-to-cart=${product}`);
    await order(page);
    await page.waitForURL((url) => url.origin === shop.gateway.url);
    await page.getByText('Waiting for your payment').first().waitFor();
    await shop.gateway.pay(new URL(page.url()).searchParams.get('id'));
    await page.waitForURL((url) => url.searchParams.has('order-received') || url.pathname.includes('order-received'));
    await page.getByText('Thank you. Your order has been received').waitFor();
    assert.deepEqual(page.complaints, []);
  });
}

test('who manages the shop sees the settings, tests them, and sees the payment at the order', { skip }, async () => {
  const buyer = new Buyer(shop);
  const { id } = await buyer.buyInBlocks((await shop.control('product', { price: '6.20' })).id);
  const { rows } = await shop.order(id);
  await shop.gateway.pay(rows[0].payment_id);
  const admin = await new Buyer(shop).logIn('administrator');
  // So tall that nothing of the settings is under a bar.
  const page = await open({ width: 1200, height: 1800 });
  const { hostname } = new URL(shop.url);
  const cookies = admin.cookies().map(([name, value]) => ({ name, value, domain: hostname, path: '/' }));
  await page.context().addCookies(cookies);

  await page.goto(`${shop.url}/wp-admin/admin.php?page=wc-settings&tab=checkout&section=usdt_checkout`);
  await page.getByRole('button', { name: 'Test the connection' }).click();
  await page.getByText('The gateway knows your shop as').waitFor();
  await page.getByRole('button', { name: 'Set and test the webhook' }).click();
  await page.getByText('Webhooks reach your shop at').waitFor();
  await picture(page.locator('table.form-table'), 'settings');
  assert.ok(!(await page.content()).includes(shop.gateway.secret));

  const screen = shop.facts.hpos === 'yes' ? `admin.php?page=wc-orders&id=${id}` : `post.php?post=${id}`;
  await page.goto(`${shop.url}/wp-admin/${screen}&action=edit`);
  const box = page.locator('#usdt-checkout');
  await box.getByText(rows[0].reference).waitFor();
  await box.scrollIntoViewIfNeeded();
  await picture(box, 'order');

  await page.goto(`${shop.url}/wp-admin/plugins.php`);
  const row = page.locator('tr[data-plugin^="usdt-checkout-for-woocommerce/"]');
  await row.first().waitFor();
  assert.ok(!/incompatible/i.test(await row.first().textContent()));
  assert.deepEqual(page.complaints, []);
});
