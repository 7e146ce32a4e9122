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
  expect(await scan(checkout.qr)).toBe(payment.address);
  await demo.chain.settle(payment);
  await checkout.shows('paid');
  await page.waitForURL(demo.thanks);
});

test('without JavaScript a payer can stay', async ({ demo, page, checkout }) => {
  const payment = await demo.createPayment();
  await demo.chain.settle(payment);
  await expect.poll(() => demo.status(payment)).toHaveProperty('status', 'paid');
  await page.goto(payment.payment_url);
  await checkout.shows('paid');
  await checkout.stay.click();
  await expect(page).toHaveURL(`${payment.payment_url}&stay=1`);
  await checkout.shows('paid');
  await expect(checkout.leaving).toBeHidden();
  await expect(page.locator('meta[http-equiv=refresh]')).toHaveCount(0);
  await expect(checkout.onward).toHaveAttribute('href', demo.thanks);
});
