// What the page shows stays true: when the network fails, when the clock is wrong, and when the
// answers are not what they were.

import { CONFIRMATIONS } from './chain.mjs';
import { expect, test } from './fixtures';

const SOMEBODY_ELSE = 'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t';

test('a lost network is said, hides nothing, and is caught up with', async ({
  demo,
  context,
  checkout,
}) => {
  const payment = await demo.createPayment({ success_url: undefined });
  await checkout.open(payment.payment_url);
  await context.setOffline(true);
  await expect(checkout.banner).toBeVisible();
  await checkout.asksFor(payment);
  await demo.chain.settle(payment);
  await context.setOffline(false);
  await checkout.shows('paid');
  await expect(checkout.banner).toBeHidden();
});

for (const [field, value] of [
  ['address', SOMEBODY_ELSE],
  ['pay_amount', '50.123400'],
] as const) {
  test(`a page whose ${field} would change stops`, async ({ demo, page, checkout }) => {
    const payment = await demo.createPayment();
    await page.route('**/api/payment-status.php*', async (route) => {
      const answer = await (await route.fetch()).json();
      answer.payment[field] = value;
      await route.fulfill({ json: answer });
    });
    await checkout.open(payment.payment_url);
    await checkout.shows('changed');
    await expect(checkout.page.getByText('Don’t send anything.')).toBeVisible();
    await expect(checkout.address).toBeHidden();
    await expect(checkout.amount).toBeHidden();
    await expect(checkout.qr).toBeHidden();
    await expect(page.getByText(value)).toBeHidden();
  });
}

for (const [wrong, hours] of [
  ['fast', 1],
  ['slow', -1],
] as const) {
  test(`a device's clock an hour ${wrong} changes nothing`, async ({ demo, page, checkout }) => {
    const payment = await demo.createPayment({ success_url: undefined });
    await page.addInitScript((hours) => {
      const RealDate = Date;
      const now = () => RealDate.now() + hours * 3_600_000;
      globalThis.Date = class extends RealDate {
        constructor(...values: []) {
          if (values.length === 0) super(now());
          else super(...values);
        }
        static now() {
          return now();
        }
      } as DateConstructor;
    }, hours);
    await checkout.open(payment.payment_url);
    await checkout.asksFor(payment);
    const first = await checkout.secondsLeft();
    expect(first).toBeGreaterThan(14 * 60);
    expect(first).toBeLessThanOrEqual(15 * 60);
    await expect.poll(() => checkout.secondsLeft()).toBeLessThan(first);
    await checkout.shows('waiting');
    await demo.chain.pay(payment);
    await demo.chain.mine(CONFIRMATIONS);
    await checkout.shows('paid');
  });
}
