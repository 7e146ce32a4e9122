// The moments in which a page that is shown could move: while its HTML arrives, and when the live page
// takes over from it.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Page } from '@playwright/test';

import { CheckoutPage } from './checkout-page';
import { expect, test } from './fixtures';

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

test('a page whose HTML arrives in two pieces moves nothing that was shown', async ({
  demo,
  page,
}) => {
  const payment = await demo.createPayment();
  const { origin, pathname, search } = new URL(payment.payment_url);
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const slow = createServer(async (request, response) => {
    const answer = await fetch(new URL(request.url!, origin));
    const body = Buffer.from(await answer.arrayBuffer());
    response.setHeader('content-type', answer.headers.get('content-type')!);
    const end = '</nav>';
    const cut = request.url!.startsWith('/pay/') ? body.indexOf(end) : -1;
    if (cut >= 0) {
      response.write(body.subarray(0, cut + end.length));
      await released;
    }
    response.end(cut < 0 ? body : body.subarray(cut + end.length));
  });
  await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
  const { port } = slow.address() as AddressInfo;
  await watchShifts(page);
  await page.goto(`http://127.0.0.1:${port}${pathname}${search}`, { waitUntil: 'commit' });
  await expect(page.locator('.languages')).toBeAttached();
  await twoFrames(page);
  release();
  await new CheckoutPage(page).asksFor(payment);
  await twoFrames(page);
  expect(await shifts(page)).toEqual([]);
  await expect(page.locator('.languages')).toBeVisible();
  slow.close();
});

test('the live page takes over without moving anything or taking the focus', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment();
  await watchShifts(page);
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/*.wasm', async (route) => {
    await released;
    await route.continue();
  });

  await page.goto(payment.payment_url, { waitUntil: 'commit' });
  await checkout.asksFor(payment);
  await expect(page.locator('html[data-live]')).toHaveCount(0);
  await checkout.copyAddress.focus();
  const before = await page.getByRole('article').boundingBox();
  const sent = await checkout.copyAddress.elementHandle();
  release();
  await checkout.live();

  await expect(checkout.copyAddress).toBeFocused();
  expect(await sent!.evaluate((element) => element.isConnected)).toBe(false);
  await checkout.asksFor(payment);
  expect(await page.getByRole('article').boundingBox()).toEqual(before);
  await twoFrames(page);
  expect(await shifts(page)).toEqual([]);
});
