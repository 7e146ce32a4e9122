// The page for everyone: by axe in each state and both colour schemes, by keyboard, and at any
// width.

import { stopTime } from './clock';
import { expect, expectAccessible, test } from './fixtures';

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('axe finds nothing from waiting to paid', async ({ demo, page, checkout }) => {
      const payment = await demo.createPayment();
      await page.clock.install();
      await checkout.open(payment.payment_url);
      await checkout.shows('waiting');
      await expectAccessible(page);
      await demo.chain.pay(payment);
      await checkout.shows('seen');
      await expectAccessible(page);
      await stopTime(page);
      await demo.chain.mine(19);
      await checkout.goesOnTo('paid');
      await checkout.stay.click();
      await page.clock.resume();
      await expectAccessible(page);
    });

    test('axe finds nothing once it is too late, or where there is no payment', async ({
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
      await checkout.stay.click();
      await page.clock.resume();
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
  await page.clock.install();
  await checkout.open(payment.payment_url);
  await stopTime(page);
  await demo.chain.settle(payment);
  await checkout.goesOnTo('paid');
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

test('an amount is never broken in two', async ({ demo, page, checkout }) => {
  const payment = await demo.createPayment({ amount: '12500' });
  await checkout.open(payment.payment_url);
  for (const [width, fontSize] of [
    [320, '100%'],
    [320, '150%'],
    [390, '200%'],
  ] as const) {
    await page.setViewportSize({ width, height: 844 });
    const lines = await checkout.amount.evaluate((amount, fontSize) => {
      document.documentElement.style.fontSize = fontSize;
      const range = document.createRange();
      range.selectNodeContents(amount);
      return new Set([...range.getClientRects()].map(({ bottom }) => Math.round(bottom))).size;
    }, fontSize);
    expect(lines, `${width} pixels, ${fontSize}`).toBe(1);
  }
});

test('a screen reader hears what is to be paid, whereto, and how', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment();
  await checkout.open(payment.payment_url);
  await checkout.shows('waiting');
  await expect(page.getByRole('article')).toMatchAriaSnapshot(`
    - article:
      - heading "Pay Demo shop" [level=1]
      - paragraph: Order total 50.00 USDT
      - paragraph: /Test mode/
      - status: Waiting for your payment
      - paragraph:
        - text: Pay before
        - time: /[AP]M/
      - timer "Time left": /\\d\\d:\\d\\d/
      - status: /Minutes left to pay/
      - group "Send exactly":
        - heading "Send exactly" [level=2]
        - paragraph: /50\\.\\d+ USDT/
        - paragraph: /Your order is 50\\.00 USDT\\. The last digits, \\.\\d+, mark your payment/
        - button "Copy amount"
      - group "To this address TRON · TRC20":
        - heading "To this address TRON · TRC20" [level=2]
        - paragraph: ${payment.address}
        - button "Copy address"
      - group "On the TRON network (TRC20)":
        - heading "On the TRON network (TRC20)" [level=2]
        - paragraph: /Send only USDT on TRON/
  `);
});

test('the time is spoken now and then, and not each second', async ({ demo, page, checkout }) => {
  const payment = await demo.createPayment();
  // Any answer would set the page's clock right.
  await page.route('**/api/**', (route) => route.abort());
  await page.clock.install();
  await checkout.open(payment.payment_url);
  await stopTime(page);
  const spoken = await page.evaluate(() => {
    const heard: string[] = [];
    Object.assign(globalThis, { heard });
    const region = [...document.querySelectorAll('[role=status]')].find((element) =>
      element.textContent!.startsWith('Minutes left'),
    )!;
    new MutationObserver(() => heard.push(region.textContent!.trim())).observe(region, {
      childList: true,
      characterData: true,
      subtree: true,
    });
    return region.textContent!.trim();
  });
  expect(spoken).toBe('Minutes left to pay: 15');
  await page.clock.runFor(1_000 * ((await checkout.secondsLeft()) - 10));
  const heard = await page.evaluate(() => Reflect.get(globalThis, 'heard'));
  expect(heard).toEqual([
    ...[12, 9, 6, 5, 4, 3, 2, 1].map((minutes) => `Minutes left to pay: ${minutes}`),
    'Seconds left to pay: 30',
  ]);
});

test('every control is large enough for a thumb', async ({ demo, page, checkout }) => {
  const payment = await demo.createPayment();
  await page.setViewportSize({ width: 320, height: 640 });
  await checkout.open(payment.payment_url);
  for (const summary of await checkout.help.all()) await summary.click();
  await checkout.language.click();
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('a, button, summary, input, textarea')]
      .filter((element) => element.checkVisibility())
      .map((element) => {
        const { width, height } = element.getBoundingClientRect();
        return { name: element.id || element.textContent, width, height };
      })
      .filter(({ width, height }) => width < 44 || height < 44),
  );
  expect(small).toEqual([]);
});

test.describe('with reduced motion', () => {
  test.use({ contextOptions: { reducedMotion: 'reduce' } });

  test('nothing moves', async ({ demo, page, checkout }) => {
    const payment = await demo.createPayment({ success_url: undefined });
    await checkout.open(payment.payment_url);
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    await demo.chain.settle(payment);
    await checkout.shows('paid');
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
  });
});
