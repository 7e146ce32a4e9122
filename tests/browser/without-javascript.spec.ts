// The page where scripts are switched off.

import { expect, test } from './fixtures';
import { scan } from './qr';

test.use({ javaScriptEnabled: false });

test('without JavaScript the page shows all, follows the payment and leads to the shop', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment();
  await page.goto(payment.payment_url);
  await checkout.asksFor(payment);
  // The page loads itself anew now and then, and the code is folded again.
  await expect(async () => {
    await checkout.revealCode();
    expect(await scan(checkout.qr, 10_000)).toBe(payment.address);
  }).toPass();
  await demo.chain.pay(payment);
  await checkout.shows('seen');
  await demo.chain.mine(19);
  await page.waitForURL(demo.thanks);
});

test('without JavaScript a payer who opens a paid payment stays', async ({ demo, page, checkout }) => {
  const payment = await demo.createPayment();
  await demo.chain.settle(payment);
  await expect.poll(() => demo.status(payment)).toHaveProperty('status', 'paid');
  await page.goto(payment.payment_url);
  await checkout.shows('paid');
  await expect(checkout.leaving).toBeHidden();
  await expect(page.locator('meta[http-equiv=refresh]')).toHaveCount(0);
  await expect(checkout.onward).toHaveAttribute('href', demo.thanks);
});
