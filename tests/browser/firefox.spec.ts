// Payments in a shop's page, in Firefox.

import { CONFIRMATIONS } from './chain.mjs';
import { stopTime } from './clock';
import { FIREFOX } from './firefox.mjs';
import { expect, test } from './fixtures';

test.use(FIREFOX);
// One after the other, all in the same Firefox.
test.describe.configure({ mode: 'default' });
test.skip(({ isMobile }) => isMobile, 'it is the Firefox of desktops');

test('a payment in a frame is followed, told of, and leads on by itself', async ({
  demo,
  page,
  embedded,
}) => {
  const payment = await demo.createPayment();
  await page.clock.install();
  await embedded.open(embedded.element(payment));
  await embedded.framed.asksFor(payment);
  await embedded.hasHeard('ready');
  await demo.chain.pay(payment);
  await embedded.hasHeard('seen');
  await stopTime(page);
  await demo.chain.mine(CONFIRMATIONS);
  await embedded.goesOnToHear('paid');
  await page.clock.resume();
  await page.waitForURL(demo.thanks);
});

test('a link opens the payment above the page, and Escape leads back to the link', async ({
  demo,
  page,
  embedded,
}) => {
  const payment = await demo.createPayment();
  await embedded.open(`<a data-usdt-checkout href="${payment.payment_url}">Pay</a>`);
  const link = page.getByRole('link', { name: 'Pay' });
  await link.click();
  await embedded.framed.asksFor(payment);
  await expect(embedded.dialog.getByRole('button', { name: 'Close' })).toBeFocused();

  await page.keyboard.press('Escape');
  await expect(embedded.dialog).toHaveCount(0);
  await expect(link).toBeFocused();
  await embedded.hasHeard('closed');
});

test("a payment in the shop's own document is followed, told of, and leads on by itself", async ({
  demo,
  page,
  embedded,
}) => {
  const payment = await demo.createPayment();
  await page.clock.install();
  await embedded.open(embedded.element(payment, 'isolation="page"'));
  await embedded.inPage.asksFor(payment);
  await expect(page.locator('iframe')).toHaveCount(0);
  await embedded.hasHeard('ready');
  await demo.chain.pay(payment);
  await embedded.inPage.shows('seen');
  await embedded.hasHeard('seen');
  await stopTime(page);
  await demo.chain.mine(CONFIRMATIONS);
  await embedded.goesOnToHear('paid');
  await page.clock.resume();
  await page.waitForURL(demo.thanks);
});

test('a shop that prevents it keeps its payer', async ({ demo, page, embedded }) => {
  const payment = await demo.createPayment();
  await embedded.open(
    `${embedded.element(payment)}
     <script>
       addEventListener('usdt-checkout:paid', (event) => event.preventDefault());
     </script>`,
  );
  await embedded.framed.asksFor(payment);
  await demo.chain.settle(payment);
  await embedded.hasHeard('paid');
  // The countdown is gone, and what it counts down to has not come.
  await expect(embedded.framed.leaving).toBeHidden();
  await embedded.framed.shows('paid');
  await expect(embedded.framed.onward).toBeVisible();
  expect(page.url()).toContain(embedded.shop.url);
});

test.describe('a page with a strict policy', () => {
  test.use({ watching: false });

  for (const [what, isolation] of [
    ['shows the payment in a frame', ''],
    ["shows it in a frame too where it is wanted in the shop's own document", 'isolation="page"'],
  ] as const) {
    test(what, async ({ demo, page, embedded }) => {
      const payment = await demo.createPayment();
      const gateway = demo.baseUrl;
      await embedded.open(embedded.element(payment, isolation), {
        headers: {
          'Content-Security-Policy': `default-src 'none'; script-src ${gateway}; frame-src ${gateway}`,
        },
      });
      await embedded.framed.asksFor(payment);
      await expect(page.locator('#amount')).toHaveCount(0);
      await embedded.hasHeard('ready');
    });
  }
});
