// The page where WebAssembly is refused: by a policy on the way, or by a phone's lockdown mode.

import { stopTime } from './clock';
import { expect, test, type Payment } from './fixtures';
import { hold } from './hold';

test.use({ permissions: ['clipboard-read', 'clipboard-write'], watching: false });

test.beforeEach(async ({ page }) => {
  await page.route('**/pay/**', async (route) => {
    const response = await route.fetch();
    const headers = response.headers();
    const policy = headers['content-security-policy'] ?? '';
    headers['content-security-policy'] = policy.replace("'wasm-unsafe-eval'", '');
    await route.fulfill({ response, headers });
  });
  // The page looks 8 s after it was opened and every 20 s from then on, and waits 8 s for an answer.
  // These come in real time, so that its own stands still a moment after each look.
  await page.clock.install();
  await stopTime(page);
});

test.afterEach(({ page }) => page.unrouteAll({ behavior: 'ignoreErrors' }));

test('the page shows all, copies, follows the payment and leads to the shop', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment();
  await page.goto(payment.payment_url);
  await checkout.asksFor(payment);
  await checkout.copyAddress.click();
  await expect(checkout.copyAddress).toHaveText('✓');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(payment.address);

  const txid = await demo.chain.pay(payment);
  await expect.poll(() => demo.status(payment)).toHaveProperty('txid', txid);
  await page.clock.runFor('00:10');
  await checkout.shows('seen');
  await demo.chain.mine(19);
  await expect.poll(() => demo.status(payment)).toHaveProperty('status', 'paid');
  await page.clock.runFor('00:20');
  await checkout.shows('paid');
  await page.clock.runFor('00:10');
  await page.waitForURL(demo.thanks);
});

test('what comes late takes over from what is shown meanwhile', async ({ demo, page, checkout }) => {
  const payment = await demo.createPayment({ success_url: undefined });
  await page.unroute('**/pay/**');
  const release = await hold(page, '**/*.wasm');
  await page.route('**/api/**', (route) => route.abort());
  await page.goto(payment.payment_url, { waitUntil: 'commit' });
  await checkout.asksFor(payment);
  await expect(page.locator('html[data-awake]')).toBeAttached();
  await demo.chain.settle(payment);
  await expect.poll(() => demo.status(payment)).toHaveProperty('status', 'paid');
  await page.clock.runFor('00:10');
  await checkout.shows('paid');
  release();
  await checkout.live();
  await checkout.shows('paid');
  await expect(page.locator('html[data-fallback]')).toHaveCount(0);
});

test('a page whose address would change stops', async ({ demo, page, checkout }) => {
  const [payment, other]: Payment[] = [await demo.createPayment(), await demo.createPayment()];
  await page.goto(payment!.payment_url);
  await checkout.asksFor(payment!);
  await page.route('**/pay/**', async (route) => {
    const answer = await route.fetch({ url: other!.payment_url });
    await route.fulfill({ response: answer });
  });
  await page.clock.runFor('00:10');
  await expect(page.getByText('Stop: do not pay')).toBeVisible();
  await expect(checkout.address).toBeHidden();
  await expect(page.getByText(other!.pay_amount.slice(0, 7))).toBeHidden();
});

test('a gateway that does not answer is told of, until it does', async ({ demo, page, checkout }) => {
  const payment = await demo.createPayment();
  await page.goto(payment.payment_url);
  await checkout.asksFor(payment);
  const stale = page.getByText('This page does not update by itself.');
  await page.clock.runFor('00:10');
  await expect(page.locator('html[data-renewed]')).toBeAttached();
  await expect(stale).toBeHidden();
  // Alone, so that what the first route still answers is waited for at the end.
  const hang = () => {};
  await page.route('**/pay/**', hang);
  await page.clock.runFor('00:30');
  await expect(stale).toBeVisible();
  await page.unroute('**/pay/**', hang);
  await page.clock.runFor('00:10');
  await expect(stale).toBeHidden();
});
