// The page where WebAssembly is refused: by a policy on the way, or by a phone's lockdown mode.

import { expect, test, type Payment } from './fixtures';

test.use({ permissions: ['clipboard-read', 'clipboard-write'], watching: false });

test.beforeEach(async ({ page }) => {
  await page.route('**/pay/**', async (route) => {
    const response = await route.fetch();
    const headers = response.headers();
    const policy = headers['content-security-policy'] ?? '';
    headers['content-security-policy'] = policy.replace("'wasm-unsafe-eval'", '');
    await route.fulfill({ response, headers });
  });
});

test('the page shows all, copies, follows the payment and leads to the shop', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment();
  await page.clock.install();
  await page.goto(payment.payment_url);
  await checkout.asksFor(payment);
  await checkout.copyAddress.click();
  await expect(checkout.copyAddress).toHaveText('✓');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(payment.address);
  await page.evaluate(() => getSelection()!.empty());

  await demo.chain.pay(payment);
  await expect.poll(() => demo.status(payment)).toHaveProperty('confirmations', 0);
  await page.clock.runFor('00:30');
  await checkout.shows('seen');
  await demo.chain.mine(19);
  await expect.poll(() => demo.status(payment)).toHaveProperty('status', 'paid');
  await page.clock.runFor('00:30');
  await checkout.shows('paid');
  await page.clock.runFor('00:10');
  await page.waitForURL(demo.thanks);
});

test('a page whose address would change stops', async ({ demo, page, checkout }) => {
  const [payment, other]: Payment[] = [await demo.createPayment(), await demo.createPayment()];
  await page.clock.install();
  await page.goto(payment!.payment_url);
  await checkout.asksFor(payment!);
  await page.route('**/pay/**', async (route) => {
    const answer = await route.fetch({ url: other!.payment_url });
    await route.fulfill({ response: answer });
  });
  await page.clock.runFor('00:30');
  await expect(page.getByText('Stop: do not pay')).toBeVisible();
  await expect(checkout.address).toBeHidden();
  await expect(page.getByText(other!.pay_amount.slice(0, 7))).toBeHidden();
});
