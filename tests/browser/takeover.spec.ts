// The moment in which the live page takes over from the server's HTML.

import { expect, test } from './fixtures';

test('the live page takes over without moving anything or taking the focus', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment();
  await page.addInitScript(() => {
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
  // Shifts are reported with the frame that shows them.
  await page.evaluate(async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  });
  expect(await page.evaluate(() => Reflect.get(globalThis, 'shifts'))).toEqual([]);
});
