// The page that something on the way has changed: a minifier, an antivirus, a proxy that holds
// scripts back.

import type { Page } from '@playwright/test';

import { CheckoutPage } from './checkout-page';
import { expect, test } from './fixtures';
import { hold } from './hold';

// What the browser refuses, it says.
test.use({ watching: false });
test.afterEach(({ page }) => page.unrouteAll({ behavior: 'ignoreErrors' }));

/** Lets pages arrive changed. */
async function alter(page: Page, change: (html: string) => string): Promise<void> {
  await page.route('**/pay/**', async (route) => {
    const response = await route.fetch({ maxRedirects: 0 });
    await route.fulfill({ response, body: change(await response.text()) });
  });
}

/** One space more in each script and style within the page. */
const byOneByte = (html: string) => html.replace(/(<(?:script|style)\b[^>]*>)(?=[^<])/g, '$1 ');

const withoutScripts = (html: string) => html.replace(/<script\b.*?<\/script>/gs, '');

const said = ({ within }: CheckoutPage) => within.locator('.not-live');

/** Lets all waiting of the page's looks be over. */
const lookLater = ({ within }: CheckoutPage) =>
  within
    .locator('html')
    .evaluate(() => document.getAnimations().forEach((animation) => animation.finish()));

for (const where of ['on the hosted page', 'in a frame'] as const) {
  test(`one byte more in scripts and styles changes nothing ${where}`, async ({
    demo,
    page,
    embedded,
  }) => {
    await alter(page, byOneByte);
    const isFramed = where === 'in a frame';
    const checkout = isFramed ? embedded.framed : new CheckoutPage(page);
    const open = async (payment: Awaited<ReturnType<typeof demo.createPayment>>) => {
      if (isFramed) await embedded.open(embedded.element(payment));
      else await page.goto(payment.payment_url);
      await checkout.live();
    };
    const payment = await demo.createPayment({ success_url: undefined });
    await open(payment);
    await checkout.asksFor(payment);
    await expect(checkout.within.locator('.card'), 'it has its looks').toHaveCSS('display', 'grid');
    await lookLater(checkout);
    await expect(said(checkout)).toBeHidden();
    await demo.chain.pay(payment);
    await checkout.shows('seen');
    await demo.chain.mine(19);
    await checkout.shows('paid');

    const other = await demo.createPayment({ fail_url: undefined });
    await open(other);
    await demo.chain.passDeadline(other);
    await checkout.shows('expired');
  });
}

test('a page without its scripts says that it stands still, and can be loaded again', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment();
  const other = await demo.createPayment();
  await page.addInitScript(() => {
    const shifts: unknown[] = [];
    Object.assign(globalThis, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const shift = entry.toJSON();
        if (!shift.hadRecentInput) shifts.push(shift);
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await alter(page, withoutScripts);
  // The looks wait for a script until the test wants them to have waited.
  const looks = await page.context().newCDPSession(page);
  await looks.send('Animation.enable');
  await looks.send('Animation.setPlaybackRate', { playbackRate: 0 });
  await page.goto(payment.payment_url);
  await checkout.asksFor(payment);
  await expect(said(checkout), 'there may be a script on its way').toBeHidden();
  await lookLater(checkout);
  await expect(said(checkout)).toBeInViewport();
  await page.evaluate(async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  });
  expect(await page.evaluate(() => Reflect.get(globalThis, 'shifts'))).toEqual([]);

  const again = async () => {
    await lookLater(checkout);
    await said(checkout).getByRole('link').click();
  };
  await demo.chain.pay(payment);
  await expect.poll(() => demo.status(payment)).toHaveProperty('txid');
  await again();
  await checkout.shows('seen');
  await demo.chain.mine(19);
  await expect.poll(() => demo.status(payment)).toHaveProperty('status', 'paid');
  await again();
  await checkout.shows('paid');
  await expect(said(checkout), 'nothing will change').toHaveCount(0);

  await page.goto(other.payment_url);
  await demo.chain.passDeadline(other);
  await expect.poll(() => demo.status(other)).toHaveProperty('status', 'expired');
  await again();
  await checkout.shows('expired');
});

test('a page whose program is long on its way says nothing of it', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment();
  const release = await hold(page, '**/*.wasm');
  await page.goto(payment.payment_url, { waitUntil: 'commit' });
  await expect(page.locator('html[data-awake]')).toBeAttached();
  await lookLater(checkout);
  await expect(said(checkout)).toBeHidden();
  release();
  await checkout.live();
  await expect(said(checkout)).toBeHidden();
});
