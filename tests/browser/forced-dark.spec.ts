// A browser that darkens light pages itself leaves the codes as cameras need them.

import { CHROMIUM_ENV, CHROMIUM_FLAGS } from './chromium.mjs';
import { expect, test } from './fixtures';
import { brightness } from './pixels';
import { scan } from './qr';

test.use({
  launchOptions: {
    executablePath: process.env.CHROME,
    args: [...CHROMIUM_FLAGS, '--enable-features=WebContentsForceDark'],
    env: CHROMIUM_ENV,
  },
});

test('forced dark colours leave both codes readable', async ({ demo, page, checkout, isMobile }) => {
  const payment = await demo.createPayment();
  await checkout.open(`${payment.payment_url}&theme=light`);
  expect(await brightness(checkout.headline), 'the browser has darkened the page').toBeLessThan(0.5);
  if (isMobile) await checkout.showCode.click();
  expect(await scan(checkout.qr)).toBe(payment.address);
  if (isMobile) return;
  await checkout.unfold('Continue on your phone');
  expect(await scan(page.locator('.link'))).toBe(payment.payment_url);
});
