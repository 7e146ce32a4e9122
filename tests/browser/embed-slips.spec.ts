// Slips of shops with the script: each is told in one sentence, ends what was promised, and leaves
// the payer the shop's own way to the payment. Several payments on one page do not lead away.

import { expect, test } from './fixtures';

test.describe('where the shop has made a slip', () => {
  test.use({ watching: false });

  test('each is told in one sentence that names the value, and every promise is kept', async ({
    page,
    embedded,
  }) => {
    const said: string[] = [];
    page.on('console', (message) => {
      if (message.text().startsWith('usdt-checkout')) said.push(message.text());
    });
    const thrown: Error[] = [];
    page.on('pageerror', (error) => thrown.push(error));
    await embedded.open(`${embedded.script}<div id="place"></div>`);
    for (const [slip, sentence] of [
      [`open({ payment_id: 1 })`, 'invalid: "undefined" is no payment-id'],
      [`open()`, 'invalid: "undefined" is no payment-id'],
      [`open({ paymentId: '', mode: 'page' })`, 'invalid: "" is no payment-id'],
      [`mount('#place')`, 'invalid: "undefined" is no payment-id'],
      [`mount('#nope', { paymentId: 1 })`, 'invalid: "#nope" is no element of this page'],
      [`mount('##', { paymentId: 1 })`, 'invalid: "##" is no element of this page'],
      [`mount(undefined, { paymentId: 1 })`, 'invalid: "undefined" is no element of this page'],
    ]) {
      const end = await page.evaluate(`UsdtCheckout.${slip}.finished`);
      expect(end, slip).not.toHaveProperty('status');
      // The element itself stands behind the sentence.
      const told = `usdt-checkout: ${sentence}, see docs/embed.md JSHandle@node`;
      await expect.poll(() => said, slip).toEqual([told]);
      said.length = 0;
    }
    expect(thrown).toEqual([]);
    // What was opened is gone, and nothing hides the page.
    await expect(page.locator('usdt-checkout')).toHaveCount(1);
    await expect(page.locator('html')).not.toHaveCSS('overflow', 'hidden');
  });

  test('a mode that there is not is named, and the payment is shown all the same', async ({
    demo,
    page,
    embedded,
  }) => {
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    const { payment_id } = await demo.createPayment();
    await embedded.open(`<div id="place"></div>${embedded.script}<script>
      UsdtCheckout.mount('#place', { paymentId: ${payment_id}, mode: 'popup' });
    </script>`);
    await embedded.framed.shows('waiting');
    await page.evaluate(`document.querySelector('usdt-checkout').remove()`);
    await page.evaluate(`void UsdtCheckout.open({ paymentId: ${payment_id}, mode: 'popup' })`);
    await expect(embedded.dialog).toBeVisible();
    await embedded.framed.shows('waiting');
    const told = said.filter((text) => text.includes('usdt-checkout: "popup" is no mode'));
    expect(told).toHaveLength(2);
  });

  test("without a payment's ID the shop's own link is there", async ({ page, embedded }) => {
    const link = '<a href="/help">Pay</a>';
    await embedded.open(`<usdt-checkout payment-id="">${link}</usdt-checkout>
      <usdt-checkout>${link}</usdt-checkout>
      <usdt-checkout mode="modal" payment-id="undefined">${link}</usdt-checkout>`);
    await expect(page.getByRole('link', { name: 'Pay' })).toHaveCount(3);
    for (const shown of await page.getByRole('link', { name: 'Pay' }).all()) {
      await expect(shown).toBeVisible();
    }
    const codes = async () => (await embedded.told()).map(({ detail }) => detail.code);
    await expect.poll(codes).toEqual(['invalid', 'invalid']);
    const end = await page.evaluate(`document.querySelector('usdt-checkout').finished`);
    expect(end).toEqual({ paymentId: '' });
  });
});

for (const isolation of ['', 'isolation="page"']) {
  test(`of two payments on a page, one that is paid does not take the other away ${isolation}`, async ({
    demo,
    page,
    embedded,
  }) => {
    const [first, second] = [await demo.createPayment(), await demo.createPayment()];
    await embedded.open(
      embedded.element(first, isolation) + embedded.element(second, isolation),
    );
    const checkouts = page.locator('usdt-checkout');
    const within = (index: number) => {
      const checkout = checkouts.nth(index);
      const place = isolation ? checkout : checkout.locator('iframe').contentFrame();
      return place.locator('article');
    };
    await expect(within(1)).toHaveAttribute('data-stage', 'waiting');
    await demo.chain.settle(first);
    await expect(within(0)).toHaveAttribute('data-stage', 'paid');
    await expect(within(0).getByRole('link', { name: 'Stay here' })).toBeHidden();
    await expect(within(0).getByRole('link', { name: /^Continue to/ })).toBeVisible();
    await expect(within(1)).toHaveAttribute('data-stage', 'waiting');
    // The other one alone leads on again.
    await checkouts.nth(0).evaluate((element) => element.remove());
    await demo.chain.settle(second);
    await page.waitForURL(demo.thanks);
  });
}

test('of two payments on a page, one leads on where the shop asks for it', async ({
  demo,
  page,
  embedded,
}) => {
  const [first, second] = [await demo.createPayment(), await demo.createPayment()];
  await embedded.open(embedded.element(first, 'leave="always"') + embedded.element(second));
  await expect(page.locator('iframe')).toHaveCount(2);
  await demo.chain.settle(first);
  await page.waitForURL(demo.thanks);
});
