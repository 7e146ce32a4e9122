// The moments in which a page that is shown could move: while its HTML arrives, and when the live page
// takes over from it.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Page } from '@playwright/test';

import { CheckoutPage } from './checkout-page';
import { expect, test } from './fixtures';
import { hold } from './hold';

/** Writes down what moves by itself from here on. */
const watchShifts = (page: Page) =>
  page.addInitScript(() => {
    const shifts: unknown[] = [];
    Object.assign(globalThis, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        // The emulated phone changes its viewport as it starts, which is no shift of the page's.
        const shift = entry.toJSON();
        if (!shift.hadRecentInput) shifts.push(shift);
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });

/** Shifts are reported with the frame that shows them. */
const twoFrames = (page: Page) =>
  page.evaluate(async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  });

const shifts = (page: Page) => page.evaluate(() => Reflect.get(globalThis, 'shifts'));

test('the languages are shown once the card has come whose corner they lie in', async ({ demo, page }) => {
  const payment = await demo.createPayment();
  const { origin, pathname, search } = new URL(payment.payment_url);
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const slow = createServer(async (request, response) => {
    const answer = await fetch(new URL(request.url!, origin)).catch(() => undefined);
    // The gateway may end before a question that it holds.
    if (!answer) return response.destroy();
    const body = Buffer.from(await answer.arrayBuffer());
    response.setHeader('content-type', answer.headers.get('content-type')!);
    if (request.url !== pathname + search) return response.end(body);
    const card = body.indexOf('<div id="view"');
    response.write(body.subarray(0, card));
    await released;
    response.end(body.subarray(card));
  });
  await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
  const { port } = slow.address() as AddressInfo;
  await page.goto(`http://127.0.0.1:${port}${pathname}${search}`, { waitUntil: 'commit' });
  const languages = page.locator('.languages');
  await expect(languages).toBeAttached();
  await twoFrames(page);
  await expect(languages).toBeHidden();
  release();
  await new CheckoutPage(page).asksFor(payment);
  await expect(languages).toBeVisible();
  slow.close();
});

test('the live page takes over without moving anything or taking the focus', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment();
  await watchShifts(page);
  const release = await hold(page, '**/*.wasm');
  await page.goto(payment.payment_url, { waitUntil: 'commit' });
  await checkout.asksFor(payment);
  await expect(page.locator('html[data-live]')).toHaveCount(0);
  await checkout.copyAddress.focus();
  const before = await page.getByRole('article').boundingBox();
  const sent = await checkout.copyAddress.elementHandle();
  // What has moved while the HTML arrived is not the takeover's.
  await twoFrames(page);
  await page.evaluate(() => Reflect.get(globalThis, 'shifts').splice(0));
  release();
  await checkout.live();

  await expect(checkout.copyAddress).toBeFocused();
  expect(await sent!.evaluate((element) => element.isConnected)).toBe(false);
  await checkout.asksFor(payment);
  expect(await page.getByRole('article').boundingBox()).toEqual(before);
  await twoFrames(page);
  expect(await shifts(page)).toEqual([]);
});
