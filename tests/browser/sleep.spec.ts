// A payer goes to the wallet and comes back: the page was hidden, frozen or put aside meanwhile.

import { CONFIRMATIONS } from './chain.mjs';
import { goOnUntil, stopTime } from './clock';
import { expect, test } from './fixtures';

test('a page that slept shows at once what has become of the payment', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment({ success_url: undefined });
  await checkout.open(payment.payment_url);
  await checkout.shows('waiting');
  const browser = await page.context().newCDPSession(page);
  await browser.send('Page.setWebLifecycleState', { state: 'frozen' });
  await demo.chain.settle(payment);
  await expect.poll(() => demo.status(payment)).toHaveProperty('status', 'paid');
  await browser.send('Page.setWebLifecycleState', { state: 'active' });
  await checkout.shows('paid');
});

test('a hidden tab asks rarely, counts nothing, and tells by its title when it is paid', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment({ success_url: undefined });
  await page.clock.install();
  await page.addInitScript(() => {
    let isHidden = false;
    Object.defineProperty(document, 'visibilityState', {
      get: () => (isHidden ? 'hidden' : 'visible'),
    });
    Object.defineProperty(document, 'hidden', { get: () => isHidden });
    const ticking = new Set<number>();
    const { setInterval, clearInterval } = globalThis;
    Object.assign(globalThis, {
      ticking,
      setInterval(...parameters: Parameters<typeof setInterval>) {
        const id = Number(setInterval(...parameters));
        ticking.add(id);
        return id;
      },
      clearInterval(id: number) {
        ticking.delete(id);
        clearInterval(id);
      },
      hide(hidden: boolean) {
        isHidden = hidden;
        document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
      },
    });
  });
  // The gateway holds it, and the page's minute is over long before.
  const held = page.waitForRequest(/&wait=/);
  await checkout.open(payment.payment_url);
  await held;
  await stopTime(page);
  const ticking = () => page.evaluate(() => Reflect.get(globalThis, 'ticking').size);
  expect(await ticking()).toBe(1);
  const hide = (hidden: boolean) =>
    page.evaluate((hidden) => Reflect.get(globalThis, 'hide')(hidden), hidden);
  await hide(true);
  expect(await ticking()).toBe(0);
  let asked = 0;
  page.on('request', () => asked++);
  await page.clock.runFor('01:00');
  expect(asked).toBeLessThanOrEqual(3);

  await demo.chain.pay(payment);
  await demo.chain.mine(CONFIRMATIONS);
  await expect.poll(() => demo.status(payment)).toHaveProperty('status', 'paid');
  await goOnUntil(page, 5_000, async () => (await page.title()).startsWith('Paid '));
  await hide(false);
  await checkout.shows('paid');
});

test('a page that the browser had put aside asks anew when it is back', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment({ success_url: undefined });
  await checkout.open(payment.payment_url);
  await page.goto(demo.thanks);
  await demo.chain.settle(payment);
  await page.goBack();
  await checkout.shows('paid');
});

test('the tab shows from afar how the payment stands', async ({ demo, page, checkout }) => {
  const payment = await demo.createPayment({ success_url: undefined });
  await checkout.open(payment.payment_url);
  const icon = page.locator('#icon');
  const waiting = await icon.getAttribute('href');
  await demo.chain.pay(payment);
  await checkout.shows('seen');
  await expect(page).toHaveTitle(/^Confirming \d+\/19$/);
  const seen = await icon.getAttribute('href');
  await demo.chain.mine(CONFIRMATIONS);
  await checkout.shows('paid');
  expect(new Set([waiting, seen, await icon.getAttribute('href')]).size).toBe(3);
});
