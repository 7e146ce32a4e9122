// Takes the pictures for the README: the checkout on a phone as it waits, and side by side in the
// dark while it confirms and in the light once it is paid.

import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { chromium } from '@playwright/test';

import { CHROMIUM_ENV, CHROMIUM_FLAGS } from './chromium.mjs';
import { Demo } from './demo.mjs';

const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const PHONE = { viewport: { width: 390, height: 730 }, deviceScaleFactor: 2, isMobile: true };

await mkdir(IMAGES, { recursive: true });
const demo = await Demo.start();
const browser = await chromium.launch({
  executablePath: process.env.CHROME,
  args: CHROMIUM_FLAGS,
  env: CHROMIUM_ENV,
});
try {
  const payment = await demo.createPayment({
    success_url: 'https://merchant-site.com/success',
    fail_url: 'https://merchant-site.com/fail',
  });
  await picture('light', 'Waiting for your payment', `${IMAGES}checkout.png`);
  await demo.chain.pay(payment);
  await demo.chain.mine(12);
  const confirming = await picture('dark', '12 of 19 confirmations');
  await demo.chain.mine(7);
  const paid = await picture('light', 'Payment received');
  await sideBySide([confirming, paid], `${IMAGES}checkout-states.png`);

  async function picture(colorScheme, until, path) {
    const page = await browser.newPage({ ...PHONE, colorScheme });
    await page.goto(payment.payment_url);
    await page.getByText(until).waitFor();
    // The bar belongs to the demo, not to the checkout.
    await page.getByRole('complementary').evaluate((bar) => bar.remove());
    const png = await page.screenshot({ path, animations: 'disabled' });
    await page.close();
    return png;
  }

  async function sideBySide(pngs, path) {
    const page = await browser.newPage({ deviceScaleFactor: PHONE.deviceScaleFactor });
    const images = pngs.map((png) => {
      const data = png.toString('base64');
      return `<img width="${PHONE.viewport.width}" src="data:image/png;base64,${data}">`;
    });
    await page.setContent(`<p style="display: inline-flex; gap: 24px">${images.join('')}</p>`);
    await page.locator('p').screenshot({ path, omitBackground: true });
  }
} finally {
  await browser.close();
  await demo.stop();
}
