// The page for everyone: by axe in each state and both colour schemes, by keyboard, and at any
// width.

import { expect, expectAccessible, test } from './fixtures';

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('axe finds nothing from waiting to paid', async ({ demo, page, checkout }) => {
      const payment = await demo.createPayment();
      await checkout.open(payment.payment_url);
      await checkout.shows('waiting');
      await expectAccessible(page);
      await demo.chain.pay(payment);
      await checkout.shows('seen');
      await expectAccessible(page);
      await demo.chain.mine(19);
      await checkout.shows('paid');
      await checkout.stay.click();
      await expectAccessible(page);
    });

    test('axe finds nothing once it is too late, or where there is no payment', async ({
      demo,
      page,
      checkout,
    }) => {
      const payment = await demo.createPayment();
      await checkout.open(payment.payment_url);
      await demo.chain.passDeadline(payment);
      await checkout.shows('expired');
      await checkout.stay.click();
      await expectAccessible(page);
      await checkout.open(`${demo.baseUrl}/pay/?id=1`);
      await checkout.shows('unknown');
      await expectAccessible(page);
    });
  });
}

test('the keyboard reaches every control in order, and focus is seen', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment();
  await checkout.open(payment.payment_url);
  for (const control of [
    checkout.language,
    checkout.copyAmount,
    checkout.copyAddress,
    ...(await checkout.help.all()),
    checkout.cancel,
    ...(await checkout.demoBar.getByRole('button').all()),
  ]) {
    await page.keyboard.press('Tab');
    await expect(control).toBeFocused();
    const { outline, isOnTop } = await control.evaluate((element) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const { x, y, width, height } = element.getBoundingClientRect();
      const hit = document.elementFromPoint(x + width / 2, y + height / 2);
      return {
        outline: outlineStyle === 'none' ? 0 : Number.parseFloat(outlineWidth),
        isOnTop: element.contains(hit),
      };
    });
    expect(outline).toBeGreaterThanOrEqual(2);
    expect(isOnTop).toBe(true);
    await expect(control).toBeInViewport({ ratio: 1 });
  }
});

test('a paid payment is left or kept by keyboard', async ({ demo, page, checkout }) => {
  const payment = await demo.createPayment();
  await checkout.open(payment.payment_url);
  await demo.chain.settle(payment);
  await checkout.shows('paid');
  await checkout.stay.focus();
  await page.keyboard.press('Enter');
  await expect(checkout.leaving).toBeHidden();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(demo.thanks);
});

test('nothing is cut off on a narrow screen', async ({ demo, page, checkout }) => {
  const payment = await demo.createPayment({ amount: '1000000000' });
  await page.setViewportSize({ width: 320, height: 568 });
  await checkout.open(payment.payment_url);
  await checkout.shows('waiting');
  const tooWide = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
  expect(tooWide).toBe(0);
});
