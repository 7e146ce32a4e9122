// The pages of docs/embed.md, as they stand there but for the gateway's URL and the payment's ID.

import { readFileSync } from 'node:fs';

import { expect, expectAccessible, test } from './fixtures';

test.skip(({ isMobile }) => isMobile, 'the same on every screen');

const DOCS = readFileSync(new URL('../../docs/embed.md', import.meta.url), 'utf8');

/** The page of that name. */
function documented(name: string): string {
  const [, text] = DOCS.split(`\`\`\`html ${name}\n`);
  expect(text, `docs/embed.md has ${name}`).toBeDefined();
  return text!.split('\n```')[0]!;
}

test('the React component is the one that is built and tested', () => {
  const file = new URL('../../embed/examples/react/src/UsdtPayment.tsx', import.meta.url);
  expect(DOCS).toContain(`\`\`\`tsx UsdtPayment.tsx\n${readFileSync(file, 'utf8')}\`\`\``);
});

test('the link opens the payment, also without a script', async ({ demo, page, embedded }) => {
  const payment = await demo.createPayment();
  await embedded.copy(documented('link.html'), payment);
  await page.getByRole('link', { name: 'Pay 50 USDT' }).click();
  await embedded.framed.live();
  await embedded.framed.asksFor(payment);
  await expectAccessible(page);
  await page.route('**/v1/widget.js', (route) => route.abort());
  await page.reload();
  await page.getByRole('link', { name: 'Pay 50 USDT' }).click();
  await page.waitForURL(payment.payment_url);
});

test('the payment in the page is paid there', async ({ demo, page, embedded }) => {
  const payment = await demo.createPayment();
  await embedded.copy(documented('inline.html'), payment);
  await embedded.framed.live();
  await embedded.framed.asksFor(payment);
  await expect(page.getByText('Pay 50 USDT')).toBeHidden();
  await expectAccessible(page);
  await demo.chain.settle(payment);
  await page.waitForURL(demo.thanks);
});

test('the window tells how it went and stays', async ({ demo, page, embedded }) => {
  const payment = await demo.createPayment();
  await embedded.copy(documented('modal.html'), payment);
  const [pay, status] = [
    page.getByRole('button', { name: 'Pay 50 USDT' }),
    page.locator('#status'),
  ];
  await pay.click();
  await embedded.framed.live();
  await page.keyboard.press('Escape');
  await expect(status).toHaveText('Not paid yet.');
  await expect(pay).toBeFocused();
  await pay.click();
  await embedded.framed.live();
  await demo.chain.pay(payment);
  await expect(status).toHaveText('Your payment is being confirmed…');
  await demo.chain.mine(19);
  await expect(status).toHaveText('Thank you!');
  await expect(page.locator('usdt-checkout')).toHaveCount(0);
  expect(page.url()).toContain(embedded.shop.url);
});

test('the strictest policy and the pinned script allow what they shall', async ({
  demo,
  page,
  embedded,
}) => {
  const payment = await demo.createPayment();
  await embedded.copy(documented('strict.html'), payment);
  await embedded.framed.live();
  await embedded.framed.asksFor(payment);
  await page.getByRole('link', { name: 'Pay in a window' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.locator('iframe').contentFrame().locator('#address')).toHaveText(
    payment.address,
  );
});

test('the element of the package is found by the names that the docs give it', async ({
  demo,
  page,
  embedded,
}) => {
  const parts = [...DOCS.matchAll(/::part\((\w+)\)/g)].map(([, part]) => part!);
  const events = [...DOCS.matchAll(/^\| `usdt-checkout:(\w+)` \| `on(\w+)` \|/gm)];
  expect(events.map(([, event]) => event)).toEqual([
    'ready',
    'status',
    'seen',
    'paid',
    'expired',
    'failed',
    'closed',
    'error',
  ]);
  const payment = await demo.createPayment();
  await embedded.open(embedded.element(payment, 'mode="modal"'));
  const found = () =>
    page
      .locator('usdt-checkout')
      .evaluate((element) =>
        [...element.shadowRoot!.querySelectorAll('[part]')].map((each) =>
          each.getAttribute('part'),
        ),
      );
  await page.locator('usdt-checkout').click();
  await embedded.framed.live();
  await demo.chain.pay(payment);
  await embedded.hasHeard('seen');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', { name: /on its way/ }).waitFor();
  expect((await found()).sort()).toEqual([...new Set(parts)].sort());
});
