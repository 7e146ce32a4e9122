// The copy buttons.

import { shortest } from './checkout-page';
import { stopTime } from './clock';
import { expect, test } from './fixtures';

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

test('the copy buttons copy exactly the amount and the address, and say so', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment();
  await page.clock.install();
  await checkout.open(payment.payment_url);
  // What is said of it goes away by itself.
  await stopTime(page);
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  const told = (text: string) => page.getByRole('status').filter({ hasText: text });

  await checkout.copyAmount.click();
  await expect(told('Amount copied')).toHaveCount(1);
  await expect(checkout.copyAmount).toHaveAccessibleName('Amount copied');
  expect(await clipboard()).toBe(shortest(payment.pay_amount));

  await checkout.copyAddress.click();
  await expect(told('Address copied')).toHaveCount(1);
  await expect(checkout.copyAddress).toHaveAccessibleName('Address copied');
  expect(await clipboard()).toBe(payment.address);
  await expect(checkout.copyAddress).toBeFocused();
});

test('where the clipboard interface is missing, copying works the old way', async ({
  demo,
  context,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment();
  await page.addInitScript(() => {
    Object.defineProperty(navigator, 'clipboard', { value: undefined });
  });
  await page.clock.install();
  await checkout.open(payment.payment_url);
  await stopTime(page);
  await checkout.copyAddress.click();
  await expect(checkout.copyAddress).toHaveAccessibleName('Address copied');

  const other = await context.newPage();
  await other.goto(demo.thanks);
  expect(await other.evaluate(() => navigator.clipboard.readText())).toBe(payment.address);
});

test('an address that is selected by hand is one unbroken text', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment();
  await checkout.open(payment.payment_url);
  const selected = await checkout.address.evaluate((address) => {
    getSelection()!.selectAllChildren(address);
    return getSelection()!.toString();
  });
  expect(selected).toBe(payment.address);
});
