// From the first sight of a payment to its end, however it ends.

import { CONFIRMATIONS } from './chain.mjs';
import { expect, test } from './fixtures';
import { scan } from './qr';

test('the QR code holds the bare address', async ({ demo, checkout }) => {
  const payment = await demo.createPayment();
  await checkout.open(payment.payment_url);
  await checkout.asksFor(payment);
  expect(await scan(checkout.qr)).toBe(payment.address);
});

test('a payer who stays is not taken away', async ({ demo, page, checkout }) => {
  const payment = await demo.createPayment();
  await page.clock.install();
  await checkout.open(payment.payment_url);
  await demo.chain.settle(payment);
  await checkout.shows('paid');
  await checkout.stay.click();
  await expect(checkout.leaving).toBeHidden();
  await expect(checkout.onward).toBeFocused();
  await page.clock.runFor('01:00');
  await checkout.shows('paid');
  await expect(checkout.onward).toHaveAttribute('href', demo.thanks);
  await checkout.onward.click();
  await expect(page).toHaveURL(demo.thanks);
});

test('a payer comes back to a payment made long ago and is not taken away', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment();
  await demo.chain.settle(payment);
  await expect.poll(() => demo.status(payment)).toHaveProperty('status', 'paid');
  await demo.chain.mine(400);
  await checkout.open(payment.payment_url);
  await checkout.shows('paid');
  await expect(checkout.onward).toBeVisible();
  await expect(checkout.leaving).toBeHidden();
  await expect(page).toHaveURL(payment.payment_url);
});

test('the button that pays exactly pays', async ({ demo, page, checkout }) => {
  const payment = await demo.createPayment();
  await checkout.open(payment.payment_url);
  await checkout.press('pay exactly');
  await demo.chain.mine(1);
  await checkout.shows('seen');
  await demo.chain.mine(CONFIRMATIONS);
  await checkout.shows('paid');
  await page.waitForURL(demo.thanks);
});

test('paying less is shown as what it is, with what is missing', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment();
  await checkout.open(payment.payment_url);
  await checkout.press('pay less');
  await demo.chain.mine(1 + CONFIRMATIONS);
  await checkout.shows('short');
  await expect(page.getByRole('article')).toContainText('Missing1.00 USDT');
  expect(await demo.status(payment)).toMatchObject({ status: 'pending', confirmations: 0 });
});

test('the button that pays late makes the payment paid all the same', async ({
  demo,
  checkout,
}) => {
  const payment = await demo.createPayment();
  await checkout.open(payment.payment_url);
  await checkout.press('pay late');
  await checkout.shows('checking');
  await demo.chain.mine(1);
  await checkout.shows('seen');
  await demo.chain.mine(CONFIRMATIONS);
  await checkout.shows('paid');
  await expect(checkout.page.getByText('It arrived after the time to pay had ended')).toBeVisible();
});

test('an expired payment asks not to pay, names its address, and takes a late payment', async ({
  demo,
  checkout,
}) => {
  const payment = await demo.createPayment({ fail_url: undefined });
  await checkout.open(payment.payment_url);
  await demo.chain.passDeadline(payment);
  await checkout.shows('expired');
  await expect(checkout.page.getByText('Please do not send this payment any more.')).toBeVisible();
  await expect(checkout.page.getByText('it is not lost')).toBeVisible();
  await expect(checkout.address).toHaveText(payment.address);
  await expect(checkout.qr).toBeHidden();
  await demo.chain.settle(payment);
  await checkout.shows('paid');
});

test('an expired payment leads back to the shop, unless the payer still acts on the page', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment();
  await page.clock.install();
  await checkout.open(payment.payment_url);
  await demo.chain.passDeadline(payment);
  await checkout.shows('expired');
  await expect(checkout.leaving).toBeVisible();
  await page.keyboard.press('Shift');
  await expect(checkout.leaving).toBeHidden();
  await page.clock.runFor('01:00');
  await checkout.shows('expired');
  await checkout.onward.click();
  await expect(page).toHaveURL(demo.cancelled);
});

test('cancelling leads back to the shop and changes nothing', async ({ demo, page, checkout }) => {
  const payment = await demo.createPayment();
  await checkout.open(payment.payment_url);
  await checkout.cancel.click();
  await expect(page).toHaveURL(demo.cancelled);
  expect(await demo.status(payment)).toHaveProperty('status', 'pending');
});

test('an unknown payment is said to be unknown', async ({ demo, checkout }) => {
  for (const id of ['4503599627370496', '1', '', 'x%22%3E%3Cscript%3E']) {
    const response = await checkout.open(`${demo.baseUrl}/pay/?id=${id}`);
    expect(response.status()).toBe(404);
    await checkout.shows('unknown');
    await expect(checkout.address).toBeHidden();
    await expect(checkout.qr).toBeHidden();
  }
});
