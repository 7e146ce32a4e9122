// From the first sight of a payment to its end, however it ends.

import type { Locator } from '@playwright/test';

import { CONFIRMATIONS } from './chain.mjs';
import { stopTime } from './clock';
import { expect, test } from './fixtures';
import { scan } from './qr';

test('the QR code holds the bare address, and is one tap away where it cannot be scanned', async ({
  demo,
  checkout,
  isMobile,
}) => {
  const payment = await demo.createPayment();
  await checkout.open(payment.payment_url);
  await expect(checkout.qr).toBeVisible({ visible: !isMobile });
  await checkout.asksFor(payment);
  expect(await scan(checkout.qr)).toBe(payment.address);
});

test('a payer who stays is not taken away', async ({ demo, page, checkout }) => {
  const payment = await demo.createPayment();
  await page.clock.install();
  await checkout.open(payment.payment_url);
  await stopTime(page);
  await demo.chain.settle(payment);
  await checkout.goesOnTo('paid');
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
  await page.clock.install();
  await checkout.open(payment.payment_url);
  await checkout.press('pay exactly');
  await demo.chain.mine(1);
  await checkout.shows('seen');
  await stopTime(page);
  await demo.chain.mine(CONFIRMATIONS);
  await checkout.goesOnTo('paid');
  await page.clock.resume();
  await page.waitForURL(demo.thanks);
});

test('paying less is shown as what it is at once, with what is missing', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment();
  await checkout.open(payment.payment_url);
  await checkout.press('pay less');
  await demo.chain.mine(1);
  await expect(checkout.headline).toHaveText(/^49\.\d+ of 50\.\d+ USDT is on its way$/);
  await expect(page.getByText('Please send no more.')).toBeVisible();
  await demo.chain.mine(CONFIRMATIONS);
  await checkout.shows('short');
  await expect(page.getByRole('article')).toContainText('Missing1.00');
  expect(await demo.status(payment)).toMatchObject({ status: 'pending', confirmations: 0 });
});

test('who has waited for long is asked to find the payment', async ({ demo, page, checkout }) => {
  const payment = await demo.createPayment();
  await page.clock.install();
  await checkout.open(payment.payment_url);
  await expect(page.getByText('Paid, but nothing shows?')).toBeVisible();
  await page.clock.runFor('02:01');
  const asked = page.getByText('Sent it? Find my payment');
  await expect(asked).toBeVisible();
  const top = async (element: Locator) => (await element.boundingBox())!.y;
  expect(await top(asked)).toBeLessThan(await top(page.getByText('Paying from an exchange?')));
});

test('who comes back to the page is asked to find the payment', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment();
  await checkout.open(payment.payment_url);
  await expect(page.getByText('Paid, but nothing shows?')).toBeVisible();
  await page.evaluate(() => dispatchEvent(new Event('visibilitychange')));
  await expect(page.getByText('Sent it? Find my payment')).toBeVisible();
});

test('the last two minutes and the last half minute stand out', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment();
  // Any answer would set the page's clock right.
  await page.route('**/api/**', (route) => route.abort());
  await page.clock.install();
  await checkout.open(payment.payment_url);
  await stopTime(page);
  const state = page.locator('.state');
  const colors = [];
  for (const [passes, urgency] of [
    ['00:01', null],
    ['13:00', 'soon'],
    ['01:31', 'last'],
  ] as const) {
    await page.clock.runFor(passes);
    if (urgency) await expect(state).toHaveAttribute('data-urgency', urgency);
    colors.push(await state.evaluate((element) => getComputedStyle(element).color));
  }
  expect(new Set(colors).size).toBe(3);
});

test('a payer whose button disappears goes on from what has come of it', async ({
  demo,
  checkout,
}) => {
  const payment = await demo.createPayment();
  await checkout.open(payment.payment_url);
  await checkout.copyAddress.focus();
  await demo.chain.pay(payment);
  await checkout.shows('seen');
  await expect(checkout.headline).toBeFocused();
});

test('the button that pays late makes the payment paid all the same', async ({
  demo,
  checkout,
}) => {
  const payment = await demo.createPayment({ success_url: undefined });
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
  const payment = await demo.createPayment({ success_url: undefined, fail_url: undefined });
  await checkout.open(payment.payment_url);
  await demo.chain.passDeadline(payment);
  await checkout.shows('expired');
  await expect(checkout.page.getByText('Please don’t send anything now.')).toBeVisible();
  await expect(checkout.page.getByText('your money is not lost')).toBeVisible();
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
  await stopTime(page);
  await demo.chain.passDeadline(payment);
  await checkout.goesOnTo('expired');
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

test.describe('far away', () => {
  test.use({ timezoneId: 'Pacific/Kiritimati' });

  test('times are those of the payer’s own clock, with the date only where it is another day', async ({
    demo,
    page,
    checkout,
  }) => {
    const payment = await demo.createPayment({ success_url: undefined });
    await checkout.open(payment.payment_url);
    const written = (published: string, style: Intl.DateTimeFormatOptions) =>
      new Intl.DateTimeFormat('en', { ...style, timeZone: 'Pacific/Kiritimati' }).format(
        new Date(`${published.replace(' ', 'T')}Z`),
      );
    const short = { timeStyle: 'short' } as const;
    await expect(checkout.deadline).toContainText(written(payment.expires_at, short));
    await demo.chain.settle(payment);
    await checkout.shows('paid');
    await demo.chain.mine(30_000);
    await page.reload();
    await checkout.live();
    const { paid_at } = await demo.status(payment);
    await expect(page.getByRole('article').getByRole('time')).toHaveText(
      written(paid_at, { ...short, dateStyle: 'medium' }),
    );
  });
});
