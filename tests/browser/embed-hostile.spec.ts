// Shops' pages, frames and browsers that break, forge or keep back what they can.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium, type Frame, type Page } from '@playwright/test';

import { CheckoutPage } from './checkout-page';
import { CHROMIUM_ENV, CHROMIUM_FLAGS } from './chromium.mjs';
import { stopTime } from './clock';
import { Embedded } from './embedded';
import { expect, test } from './fixtures';

test.skip(({ isMobile }) => isMobile, 'the same on every screen');

const TAG = 'usdt-checkout';

test("a page that has broken the browser's own functions shows the payment in a frame", async ({
  demo,
  page,
  embedded,
}) => {
  const [payment, other] = [await demo.createPayment(), await demo.createPayment()];
  await embedded.open(
    `${embedded.element(payment)}
     ${embedded.element(other, 'isolation="page"')}
     <a data-usdt-checkout href="${payment.payment_url}">Pay</a>`,
    {
      head: `<script>
        window.fetch = () => ({ then: () => { throw 'patched'; } });
        window.Promise = function () { throw new Error('no promises'); };
        JSON.parse = () => null;
        JSON.stringify = () => '"patched"';
        Array.prototype.toJSON = Object.prototype.toJSON = () => 'patched';
        Array.prototype.junk = Object.prototype.junk = 'junk';
        String.prototype.startsWith = () => true;
        Function.prototype.toString = undefined;
      </script>`,
    },
  );
  const frames = page.locator('iframe');
  await expect(frames).toHaveCount(2);
  for (const [index, shown] of [payment, other].entries()) {
    await expect(frames.nth(index).contentFrame().locator('#address')).toHaveText(shown.address);
  }
  await demo.chain.pay(payment);
  await embedded.hasHeard('seen');
  await page.getByRole('link', { name: 'Pay' }).click();
  await expect(
    page.getByRole('dialog').locator('iframe').contentFrame().getByRole('article'),
  ).toBeVisible();
});

test('HTML that a stranger has left on the page is not taken for the script', async ({
  demo,
  page,
  embedded,
}) => {
  const payment = await demo.createPayment();
  const { otherUrl } = embedded.shop;
  await embedded.open(
    ['img', 'embed', 'object']
      .map((tag) => `<${tag} name="currentScript" src="${otherUrl}/x" data-payment-id="1"></${tag}>`)
      .join('') +
      `<form name="currentScript"><input name="src" value="${otherUrl}/x"></form>
       ${embedded.element(payment)}`,
  );
  expect(await page.evaluate(() => document.currentScript)).not.toBeNull();
  expect(await page.evaluate(() => Reflect.get(window, 'UsdtCheckout').gateway)).toBe(
    demo.baseUrl,
  );
  await embedded.framed.asksFor(payment);
  await expect(page.locator('iframe')).toHaveCount(1);
});

test('a program that breaks down within the page is replaced by a frame', async ({
  demo,
  page,
  embedded,
}) => {
  const payment = await demo.createPayment();
  await embedded.open(embedded.element(payment, 'isolation="page"'));
  await embedded.inPage.asksFor(payment);
  await page.evaluate((gateway) => {
    const error = new WebAssembly.RuntimeError('unreachable');
    error.stack = `RuntimeError: unreachable\n    at ${gateway}/assets/usdt-checkout_bg.wasm`;
    dispatchEvent(new ErrorEvent('error', { error }));
  }, demo.baseUrl);
  await embedded.framed.live();
  await embedded.framed.asksFor(payment);
  await demo.chain.pay(payment);
  await embedded.hasHeard('seen');
  expect((await embedded.told()).filter(({ name }) => name === 'ready')).toHaveLength(1);
});

/** A page of a stranger, in a frame of the shop's. */
async function stranger(page: Page, embedded: Embedded): Promise<Frame> {
  const url = embedded.shop.otherUrl + embedded.shop.page('<script>heard = [];</script>');
  await page.evaluate((url) => {
    const frame = document.createElement('iframe');
    frame.src = url;
    frame.name = 'stranger';
    document.body.append(frame);
  }, url);
  await expect.poll(() => page.frame('stranger')?.url()).toBe(url);
  return page.frame('stranger')!;
}

test('what other frames forge tells the shop nothing and leads its payer nowhere', async ({
  demo,
  page,
  embedded,
}) => {
  const [payment, other] = [await demo.createPayment(), await demo.createPayment()];
  await embedded.open(embedded.element(payment));
  await embedded.framed.live();
  await embedded.hears('ready', 'status');
  const frame = await stranger(page, embedded);
  const forge = (frame: Frame) =>
    frame.evaluate((tag) => {
      const messages = [
        { type: 'state', stage: 'paid', status: 'paid', confirmations: '19', required: '19' },
        { type: 'leave', url: 'https://stranger.example/' },
        { type: 'size', height: 1 },
        { type: 'words', title: 'Forged' },
        { type: 'close' },
      ];
      for (const message of messages) parent.postMessage({ [tag]: 1, ...message }, '*');
    }, TAG);
  await forge(frame);
  // A payment page too, but not the one that the element shows.
  await page.evaluate((url) => {
    const frame = document.createElement('iframe');
    frame.src = url;
    frame.name = 'other';
    document.body.append(frame);
  }, `${other.payment_url}&frame=1`);
  await page.frameLocator('iframe[name=other]').locator('#amount').waitFor();
  await forge(page.frame('other')!);

  await demo.chain.pay(payment);
  await embedded.hears('ready', 'status', 'status', 'seen');
  await expect(page.locator('usdt-checkout iframe')).toHaveAttribute('title', 'Pay Demo shop');
  expect(page.url()).toContain(embedded.shop.url);
});

test('a payment page that were not ours could lead the payer nowhere but to the gateway', async ({
  demo,
  page,
  embedded,
}) => {
  const payment = await demo.createPayment();
  await embedded.open(embedded.element(payment));
  await embedded.framed.live();
  const frame = page.frames().find((frame) => frame.url().includes('frame=1'))!;
  await frame.evaluate((tag) => {
    const url = 'https://stranger.example/';
    for (const message of [
      { type: 'state', stage: url, status: url, txid: url, confirmations: url, required: {} },
      { type: 'state', stage: 'constructor', status: ['paid'], txid: 7 },
      { type: 'state' },
      { type: 'size', height: `1px;background:url(${url})` },
      { type: 'words', title: '<img src=x onerror=alert(1)>', dir: url, theme: `url(${url})` },
      { type: 'toString' },
      { type: 'leave', url, href: url, to: url },
      'close',
      null,
    ]) {
      const sent = message && typeof message === 'object' ? { [tag]: 1, ...message } : message;
      parent.postMessage(sent, '*');
    }
  }, TAG);
  // Not paid, so that there is nowhere to go but to the payment's own page.
  await page.waitForURL(payment.payment_url);
});

test('the payment page in a frame listens to the page around it alone, and to its two wishes', async ({
  demo,
  page,
  embedded,
}) => {
  const payment = await demo.createPayment();
  await page.clock.install();
  await embedded.open(`<iframe title="Pay" src="${payment.payment_url}&frame=1"></iframe>
    <script>heard = []; addEventListener('message', ({ data }) => heard.push(data.type));</script>`);
  const checkout = new CheckoutPage(page, page.frameLocator('iframe[title=Pay]'));
  await checkout.live();
  const frame = await stranger(page, embedded);
  const heard = (by: Page | Frame) => by.evaluate(() => Reflect.get(globalThis, 'heard'));
  const intrude = () =>
    frame.evaluate((tag) => {
      addEventListener('message', ({ data }) => Reflect.get(globalThis, 'heard').push(data.type));
      for (const type of ['hello', 'stay']) parent[0]!.postMessage({ [tag]: 1, type }, '*');
    }, TAG);
  await intrude();
  const send = (messages: unknown[]) =>
    page.evaluate((messages) => {
      for (const message of messages) frames[0]!.postMessage(message, '*');
    }, messages);
  await send([
    null,
    'hello',
    7,
    { [TAG]: 2, type: 'stay' },
    { [TAG]: 1 },
    { [TAG]: 1, type: { toString: 1 } },
    { [TAG]: 1, type: 'leave', url: 'https://stranger.example/' },
    { [TAG]: 1, type: 'state', stage: 'paid' },
  ]);
  await stopTime(page);
  await demo.chain.settle(payment);
  await checkout.goesOnTo('paid');
  await intrude();
  const until = (await heard(page)).length;
  await send([{ [TAG]: 1, type: 'hello' }]);
  await expect.poll(async () => (await heard(page)).slice(until)).toContain('words');
  await expect(checkout.leaving).toBeVisible();
  await send([{ [TAG]: 1, type: 'stay' }]);
  await expect(checkout.leaving).toBeHidden();
  // What the last wish has changed may still be told before.
  const words = async () => {
    const all: string[] = await heard(page);
    return all.flatMap((type, index) => (type === 'words' ? [all.slice(index, index + 3)] : []));
  };
  const before = (await words()).length;
  await send([{ [TAG]: 1, type: 'hello' }]);
  await expect
    .poll(async () => (await words()).slice(before))
    .toEqual([['words', 'size', 'state']]);
  expect(await heard(frame)).toEqual([]);
});

test("what a shop's listener throws keeps nothing from going on", async ({
  demo,
  page,
  embedded,
}) => {
  const payment = await demo.createPayment();
  await embedded.open(`<div id="place"></div>${embedded.script}<script>
    onerror = () => true;
    const fail = () => { throw new Error('the shop is broken'); };
    UsdtCheckout.mount('#place', {
      paymentId: '${payment.payment_id}', onReady: fail, onStatus: fail, onSeen: fail, onPaid: fail,
    });
  </script>`);
  await embedded.framed.live();
  await demo.chain.pay(payment);
  await embedded.hasHeard('seen');
  await demo.chain.mine(19);
  await page.waitForURL(demo.thanks);
});

test('where the browser keeps nothing for anybody, the payment is shown and followed', async ({
  demo,
  shop,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'usdt-profile-'));
  await mkdir(join(folder, 'Default'));
  const block = { profile: { default_content_setting_values: { cookies: 2 } } };
  await writeFile(join(folder, 'Default', 'Preferences'), JSON.stringify(block));
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: process.env.CHROME,
    args: CHROMIUM_FLAGS,
    env: CHROMIUM_ENV,
    locale: 'en-GB',
  });
  try {
    const page = await context.newPage();
    const embedded = new Embedded(page, demo, shop);
    await embedded.record();
    const [payment, other] = [await demo.createPayment(), await demo.createPayment()];
    await embedded.open(
      `${embedded.element(payment)}
       ${embedded.element(other, 'isolation=\"page\"')}`,
    );
    const keeps = () => {
      try {
        return Boolean(localStorage);
      } catch {
        return false;
      }
    };
    await embedded.framed.asksFor(payment);
    const frame = page.frames().find((frame) => frame.url().includes('frame=1'))!;
    expect([await page.evaluate(keeps), await frame.evaluate(keeps)]).toEqual([false, false]);
    await expect(page.locator('[isolation=page] #address')).toHaveText(other.address);
    await demo.chain.pay(payment);
    await embedded.framed.shows('seen');
    await embedded.hasHeard('seen');
  } finally {
    await context.close();
    await rm(folder, { recursive: true, force: true });
  }
});
