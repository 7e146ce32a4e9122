// A payer who was led to the shop and goes back is not led on once more.

import type { CheckoutPage } from './checkout-page';
import { stopTime } from './clock';
import { expect, test } from './fixtures';

/** Nothing counts down: asked once, since where it has led on, there is no count either. */
async function staysPaid(checkout: CheckoutPage): Promise<void> {
  await checkout.shows('paid');
  await expect(checkout.onward).toBeVisible();
  expect(await checkout.leaving.isVisible()).toBe(false);
}

test('going back to a payment that was just paid leads nowhere by itself', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment();
  await page.clock.install();
  await page.goto(`${demo.baseUrl}/demo/cancelled`);
  await checkout.open(payment.payment_url);
  await stopTime(page);
  await demo.chain.settle(payment);
  await checkout.goesOnTo('paid');
  await page.clock.resume();
  await page.waitForURL(demo.thanks);
  await page.goBack();
  await checkout.live();
  await staysPaid(checkout);
  await page.clock.runFor('01:00');
  await expect(page).toHaveURL(payment.payment_url);
  await page.goBack();
  await expect(page).toHaveURL(demo.cancelled);

  // By a link of the shop's it is the same payment in the same tab.
  await checkout.open(payment.payment_url);
  await staysPaid(checkout);
});

test('where the browser keeps nothing, its history tells', async ({ demo, page, checkout }) => {
  await page.addInitScript(() => {
    for (const storage of ['localStorage', 'sessionStorage']) {
      Object.defineProperty(globalThis, storage, {
        get() {
          throw new DOMException('denied', 'SecurityError');
        },
      });
    }
  });
  const payment = await demo.createPayment();
  await checkout.open(payment.payment_url);
  await demo.chain.settle(payment);
  await page.waitForURL(demo.thanks);
  await page.goBack();
  await checkout.live();
  await staysPaid(checkout);
});

test('who goes back while it is open, and then pays, is led on', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment();
  await checkout.open(payment.payment_url);
  await checkout.cancel.click();
  await page.waitForURL(demo.cancelled);
  await page.goBack();
  await checkout.live();
  await checkout.shows('waiting');
  await demo.chain.settle(payment);
  await page.waitForURL(demo.thanks);
});

for (const isolation of ['', 'isolation="page"']) {
  test(`going back to a shop's page leads nowhere by itself ${isolation}`, async ({
    demo,
    page,
    embedded,
  }) => {
    const payment = await demo.createPayment();
    const checkout = isolation ? embedded.inPage : embedded.framed;
    await embedded.open(embedded.element(payment, isolation));
    const shop = page.url();
    await checkout.asksFor(payment);
    await demo.chain.settle(payment);
    await page.waitForURL(demo.thanks);
    await page.goBack();
    await staysPaid(checkout);
    expect(page.url()).toBe(shop);
  });
}

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('a payer is led on once, and goes back to a page that stays', async ({
    demo,
    page,
    checkout,
  }) => {
    const payment = await demo.createPayment();
    await page.goto(`${payment.payment_url}&theme=dark&lang=de`);
    await demo.chain.settle(payment);
    await page.waitForURL(demo.thanks);
    await page.goBack();
    await expect(page.locator('article')).toHaveAttribute('data-stage', 'paid');
    await expect(page.locator('html')).toHaveAttribute('lang', 'de');
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
    await expect(page.locator('meta[http-equiv=refresh]')).toHaveCount(0);
    await expect(checkout.leaving).toBeHidden();
    await expect(page.locator('#continue')).toHaveAttribute('href', demo.thanks);
  });
});
