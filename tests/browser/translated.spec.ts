// The page in the hands of a translating browser, which puts nodes of its own in the place of the
// page's texts: what happens to the payment is shown all the same.

import { CheckoutPage, shortest } from './checkout-page';
import type { Demo } from './demo.mjs';
import type { Embedded } from './embedded';
import { expect, test, type Payment } from './fixtures';

type Way = 'wrapped' | 'replaced';

/**
 * Does to all texts what browsers do that translate, and to each that comes later: most wrap their
 * own in two `font` elements, others only replace nodes. The words stay, so that they can be read.
 */
function translate(html: Element, way: Way) {
  const own = new WeakSet<Node>();
  const isLeft = (text: Text) =>
    own.has(text) ||
    !text.data.trim() ||
    text.parentElement?.closest('[translate=no], script, style, svg') !== null;
  const walk = (root: Node) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const texts: Text[] = [];
    while (walker.nextNode()) texts.push(walker.currentNode as Text);
    for (const text of texts) {
      if (isLeft(text)) continue;
      const fresh = new Text(text.data);
      own.add(fresh);
      const [outer, inner] = [document.createElement('font'), document.createElement('font')];
      inner.append(way === 'wrapped' ? fresh : '');
      outer.append(inner);
      text.replaceWith(way === 'wrapped' ? outer : fresh);
    }
  };
  const enter = (root: Element | ShadowRoot) => {
    walk(root);
    const watch = new MutationObserver(() => walk(root));
    watch.observe(root, { characterData: true, childList: true, subtree: true });
    for (const { shadowRoot } of root.querySelectorAll('*')) if (shadowRoot) enter(shadowRoot);
  };
  enter(html);
}

const translated = (checkout: CheckoutPage, way: Way) =>
  checkout.within.locator('html').evaluate(translate, way);

type Place = (embedded: Embedded, payment: Payment) => Promise<CheckoutPage>;

const PLACES: [string, Way, Place][] = [];
for (const way of ['wrapped', 'replaced'] as const) {
  PLACES.push([
    'on the hosted page',
    way,
    async ({ page }, payment) => {
      const checkout = new CheckoutPage(page);
      await checkout.open(payment.payment_url);
      return checkout;
    },
  ]);
}
PLACES.push(
  [
    'in a frame',
    'wrapped',
    async (embedded, payment) => {
      await embedded.open(embedded.element(payment));
      await embedded.framed.live();
      return embedded.framed;
    },
  ],
  [
    "in the shop's own document",
    'wrapped',
    async (embedded, payment) => {
      await embedded.open(embedded.element(payment, 'isolation="page"'));
      await expect(embedded.inPage.amount).toBeVisible();
      return embedded.inPage;
    },
  ],
);

/** A payment that leads nowhere by itself. */
const still = (demo: Demo) =>
  demo.createPayment({ success_url: undefined, fail_url: undefined });

for (const [where, way, open] of PLACES) {
  test(`${where}, with texts ${way}, each stage is told until it is paid`, async ({
    demo,
    embedded,
  }) => {
    const payment = await still(demo);
    const checkout = await open(embedded, payment);
    await translated(checkout, way);
    await checkout.shows('waiting');
    await expect(checkout.amount).toHaveText(shortest(payment.pay_amount));
    await expect(checkout.address).toHaveText(payment.address);
    const first = await checkout.secondsLeft();
    await expect.poll(() => checkout.secondsLeft()).toBeLessThan(first);
    await demo.chain.pay(payment);
    await checkout.shows('seen');
    await demo.chain.mine(7);
    await expect(checkout.confirmations).toHaveText(/\b7\b/);
    await demo.chain.mine(12);
    await checkout.shows('paid');
  });

  test(`${where}, with texts ${way}, it is told that the time is over`, async ({
    demo,
    embedded,
  }) => {
    const payment = await still(demo);
    const checkout = await open(embedded, payment);
    await translated(checkout, way);
    await demo.chain.passDeadline(payment);
    await checkout.shows('expired');
    await expect(checkout.address).toHaveText(payment.address);
    await demo.chain.settle(payment);
    await checkout.shows('paid');
  });
}

test('what is typed is answered with what is true now', async ({ demo, page, checkout }) => {
  const payment = await still(demo);
  await checkout.open(payment.payment_url);
  await translated(checkout, 'wrapped');
  await page.locator('#exchange-title').click();
  await page.locator('#fee').pressSequentially('1');
  await expect(page.locator('#fee-said')).toContainText('51.0');
  await page.locator('#fee').pressSequentially('0');
  await expect(page.locator('#fee-said')).toContainText('60.0');
  await page.locator('#check-title').click();
  const pasted = page.locator('#check-field');
  await pasted.fill(payment.address);
  await expect(page.locator('#check-said')).toHaveText('All 34 characters are the same.');
  const forged = payment.address.slice(0, -1) + (payment.address.endsWith('x') ? 'y' : 'x');
  await pasted.fill(forged);
  await expect(page.locator('#check-said')).not.toContainText('the same');
});

test('what was typed, opened and focused outlives the news', async ({
  demo,
  page,
  context,
  checkout,
}) => {
  const payment = await still(demo);
  await checkout.open(payment.payment_url);
  await translated(checkout, 'wrapped');
  await page.locator('#claim-title').click();
  const field = page.locator('#claim-field');
  await field.pressSequentially('d52cd9');
  const before = await field.elementHandle();
  await context.setOffline(true);
  await expect(checkout.banner).toBeVisible();
  await context.setOffline(false);
  await expect(checkout.banner).toBeHidden();
  expect(await before!.evaluate((element) => element.isConnected), 'all is new').toBe(false);
  await expect(field).toHaveValue('d52cd9');
  await expect(field).toBeFocused();
});
