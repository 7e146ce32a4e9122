// Payments in pages of shops, in every way in which a shop can show them.

import { readdirSync } from 'node:fs';

import { stopTime } from './clock';
import { expect, expectAccessible, test } from './fixtures';

test('in the page: the payment is shown, followed to the end, and the payer led to the shop', async ({
  demo,
  page,
  embedded,
}) => {
  const payment = await demo.createPayment();
  const { framed } = embedded;
  await page.clock.install();
  await embedded.open(embedded.element(payment));
  await framed.live();
  await framed.asksFor(payment);
  await embedded.hears('ready', 'status');
  const frame = page.locator('iframe');
  await expect(frame).toHaveAttribute('title', 'Pay Demo shop');
  // As high as what it shows, so that nothing scrolls within.
  const height = async () => (await frame.boundingBox())!.height;
  const content = () => framed.within.locator('body').evaluate((body) => body.offsetHeight);
  const excess = async () => (await height()) - (await content());
  await expect.poll(excess).toBe(0);
  const folded = await height();
  const help = framed.within.getByRole('article').getByText('Good to know', { exact: true });
  await help.click();
  await expect.poll(height).toBeGreaterThan(folded);
  await expect.poll(excess).toBe(0);
  await help.click();
  await expect.poll(height, 'what gets shorter is followed too').toBe(folded);
  await expectAccessible(page);

  const txid = await demo.chain.pay(payment);
  await framed.shows('seen');
  await embedded.hears('ready', 'status', 'status', 'seen');
  await stopTime(page);
  await demo.chain.mine(19);
  await framed.goesOnTo('paid');
  await embedded.hasHeard('paid');
  await expect.poll(height, 'a shorter stage makes a shorter frame').toBeLessThan(folded);
  await expect.poll(excess).toBe(0);
  const told = await embedded.told();
  expect(told.map(({ name }) => name).filter((name) => name !== 'status')).toEqual([
    'ready',
    'seen',
    'paid',
  ]);
  expect(told.at(-1)!.detail).toEqual({
    paymentId: String(payment.payment_id),
    stage: 'paid',
    status: 'paid',
    confirmations: 19,
    requiredConfirmations: 19,
    txid,
  });
  await page.clock.resume();
  await page.waitForURL(demo.thanks);
});

for (const name of readdirSync(new URL('../../embed/releases/', import.meta.url))) {
  test(`${name}, which shops may have pinned, still shows a payment and tells of it`, async ({
    demo,
    embedded,
  }) => {
    const payment = await demo.createPayment();
    await embedded.open(`${embedded.element(payment)}
      <script src="${demo.baseUrl}/v1/${name}"></script>`);
    await embedded.framed.live();
    await embedded.framed.asksFor(payment);
    await demo.chain.pay(payment);
    await embedded.hears('ready', 'status', 'status', 'seen');
  });
}

test('a shop that prevents it keeps its payer, who is not even told of leaving', async ({
  demo,
  page,
  embedded,
}) => {
  const payment = await demo.createPayment();
  const { framed } = embedded;
  await embedded.open(`<textarea></textarea><div id="place"></div>${embedded.script}<script>
    const checkout = UsdtCheckout.mount('#place', {
      paymentId: '${payment.payment_id}',
      onPaid(event) { event.preventDefault(); },
    });
    checkout.finished.then(({ status }) => { document.title = status + ' ' + checkout.status; });
  </script>`);
  await framed.live();
  await page.locator('textarea').focus();
  await demo.chain.settle(payment);
  await framed.shows('paid');
  await expect(framed.leaving).toBeHidden();
  await expect(framed.onward).toBeVisible();
  await expect(page.locator('textarea'), 'who writes can go on').toBeFocused();
  await expect(page).toHaveTitle('paid paid');
  expect(page.url()).toContain(embedded.shop.url);
  // What the payer himself wants, he gets.
  await framed.onward.click();
  await page.waitForURL(demo.thanks);
});

test('a link opens the payment above the page, and gives everything back when it is closed', async ({
  demo,
  page,
  embedded,
}) => {
  const payment = await demo.createPayment();
  const { framed, dialog } = embedded;
  await embedded.open(
    `<a id="before" href="/">Cart</a>
     <a data-usdt-checkout href="${payment.payment_url}">Pay</a>`,
  );
  const link = page.getByRole('link', { name: 'Pay' });
  await link.click();
  await framed.live();
  const close = dialog.getByRole('button', { name: 'Close' });
  await expect(close).toBeFocused();
  await framed.asksFor(payment);
  await expect(dialog).toHaveAccessibleName('Pay Demo shop');
  await expect(page.locator('html')).toHaveCSS('overflow', 'hidden');
  await expectAccessible(page);
  await close.focus();
  // What lies behind is out of reach.
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  await expect(page.locator('#before')).not.toBeFocused();
  await expect(link).not.toBeFocused();

  await close.focus();
  await page.keyboard.press('Escape');
  await expect(page.locator('usdt-checkout')).toHaveCount(0);
  await embedded.hears('ready', 'status', 'closed');
  await expect(link).toBeFocused();
  await expect(page.locator('html')).not.toHaveCSS('overflow', 'hidden');
  await page.keyboard.press('Enter');
  await framed.asksFor(payment);
  await embedded.focusWithin(framed.copyAmount);
  await page.keyboard.press('Escape');
  await expect(page.locator('usdt-checkout')).toHaveCount(0);
  await expect(link).toBeFocused();
});

test('a link that is meant for another window, or leads elsewhere, is a link', async ({
  demo,
  page,
  context,
  embedded,
}) => {
  const payment = await demo.createPayment();
  const { shop } = embedded;
  const away = `${shop.otherUrl}${shop.page('Elsewhere')}?id=${payment.payment_id}`;
  await embedded.open(
    `<a data-usdt-checkout href="${payment.payment_url}">Pay</a>
     <a data-usdt-checkout href="${away}">Elsewhere</a>`,
  );
  const opened = context.waitForEvent('page');
  await page.getByRole('link', { name: 'Pay' }).click({ modifiers: ['ControlOrMeta'] });
  await (await opened).waitForURL(payment.payment_url, { waitUntil: 'commit' });
  await expect(page.locator('usdt-checkout')).toHaveCount(0);
  await page.getByRole('link', { name: 'Elsewhere' }).click();
  await page.waitForURL(away);
});

test('while a payment is on its way the payer is asked before it closes, in his language', async ({
  demo,
  page,
  embedded,
}) => {
  const payment = await demo.createPayment();
  const { framed, dialog } = embedded;
  await page.clock.install();
  await embedded.open(`<a data-usdt-checkout data-lang="ar" href="${payment.payment_url}">Pay</a>`);
  await page.getByRole('link', { name: 'Pay' }).click();
  await framed.live();
  await demo.chain.pay(payment);
  await embedded.hasHeard('seen');
  await expect(dialog.first()).toHaveAttribute('dir', 'rtl');
  await dialog.getByRole('button', { name: 'إغلاق' }).click();
  const question = page.getByRole('dialog', { name: /دفعتك في الطريق/ });
  await expect(question).toBeVisible();
  await expectAccessible(page);
  await expect(question.getByRole('button', { name: 'إبقاء النافذة مفتوحة' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(question).toBeHidden();
  await expect(page.locator('iframe')).toBeVisible();

  // From within the frame too.
  await embedded.focusWithin(framed.language);
  await page.keyboard.press('Escape');
  await question.getByRole('button', { name: 'إغلاق' }).click();
  await expect(page.locator('usdt-checkout')).toHaveCount(0);
  await embedded.hasHeard('closed');

  await expect(page.getByRole('link', { name: 'Pay' })).toBeFocused();

  await page.keyboard.press('Enter');
  await framed.live();
  await expect(framed.within.getByRole('article')).toHaveAttribute('data-stage', 'seen');
  await dialog.getByRole('button', { name: 'إغلاق' }).click();
  await expect(question).toBeVisible();
  await stopTime(page);
  await demo.chain.mine(19);
  await embedded.goesOnToHear('paid');
  await expect(question, 'what is final needs no question').toBeHidden();
  await page.keyboard.press('Escape');
  await expect(page.locator('usdt-checkout')).toHaveCount(0);
});

test("an element opens its modal from the shop's own button, as often as it is pressed", async ({
  demo,
  page,
  embedded,
}) => {
  const payment = await demo.createPayment();
  const { framed } = embedded;
  await embedded.open(embedded.element(payment, 'mode="modal"', '<button>Buy</button>'));
  for (const close of [
    () => page.keyboard.press('Escape'),
    () => page.getByRole('button', { name: 'Close' }).click(),
  ]) {
    await page.getByRole('button', { name: 'Buy' }).click();
    await framed.live();
    await framed.asksFor(payment);
    await close();
    await expect(page.locator('iframe')).toHaveCount(0);
    await expect(page.getByRole('button', { name: 'Buy' })).toBeFocused();
  }
  await embedded.hears('ready', 'status', 'closed', 'ready', 'status', 'closed');
});

test('a page of its own is opened by a link or by a call', async ({ demo, page, embedded }) => {
  const payment = await demo.createPayment();
  const id = payment.payment_id;
  await embedded.open(`<usdt-checkout mode="page" payment-id="${id}"></usdt-checkout>`);
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Pay with USDT' }).click();
  await page.waitForURL(payment.payment_url);
  await embedded.open(`${embedded.script}<script>
    onclick = () => UsdtCheckout.open({ paymentId: ${id}, mode: 'page' });
  </script>`);
  await page.getByRole('heading').click();
  await page.waitForURL(payment.payment_url);
});

test("in the shop's own document there is no frame, and the same is told", async ({
  demo,
  page,
  embedded,
}) => {
  const payment = await demo.createPayment();
  const { inPage } = embedded;
  await page.clock.install();
  await embedded.open(embedded.element(payment, 'isolation="page"'));
  await inPage.asksFor(payment);
  await expect(page.locator('iframe')).toHaveCount(0);
  await expect(page).toHaveTitle('Shop');
  await embedded.hears('ready', 'status');
  await expectAccessible(page);
  await demo.chain.pay(payment);
  await inPage.shows('seen');
  await stopTime(page);
  await demo.chain.mine(19);
  await inPage.goesOnTo('paid');
  await embedded.hasHeard('paid');
  await expect(page).toHaveTitle('Shop');
  await page.clock.resume();
  await page.waitForURL(demo.thanks);
});

test("in the shop's own document a modal is the same, and what cannot be done there is a link", async ({
  demo,
  page,
  context,
  embedded,
}) => {
  const payment = await demo.createPayment();
  const { inPage, dialog } = embedded;
  await page.addInitScript(() => {
    Object.assign(window, { tronLink: { isTronLink: true, request: () => {}, tronWeb: false } });
  });
  await embedded.open(`${embedded.script}<button>Buy</button><script>
    document.querySelector('button').onclick = () => {
      window.checkout = UsdtCheckout.open({
        paymentId: ${payment.payment_id}, isolation: 'page', lang: 'de', theme: 'dark',
      });
    };
  </script>`);
  await page.getByRole('button', { name: 'Buy' }).click();
  await expect(inPage.address).toHaveText(payment.address);
  await expect(page.locator('iframe')).toHaveCount(0);
  await expect(dialog).toHaveAccessibleName('Zahlung an Demo shop');
  await expect(dialog).toHaveCSS('color-scheme', 'dark');
  for (const link of ['Mit TronLink zahlen', /nichts zu sehen/]) {
    await expect(page.getByRole('link', { name: link })).toHaveAttribute(
      'href',
      payment.payment_url,
    );
  }
  await expectAccessible(page);
  await demo.chain.pay(payment);
  await embedded.hasHeard('seen');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  const card = page.getByRole('article');
  await expect(card, 'the first question was declined').toHaveAttribute('data-stage', 'seen');
  await page.evaluate(() => Reflect.get(window, 'checkout').close());
  await expect(page.locator('usdt-checkout')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Buy' })).toBeFocused();
});

test('a script that names a payment stands for it, however often and late scripts come', async ({
  demo,
  page,
  embedded,
}) => {
  const [first, second] = [await demo.createPayment(), await demo.createPayment()];
  const source = `${demo.baseUrl}/v1/widget.js`;
  await embedded.open(
    `<p>One</p><script src="${source}" data-payment-id="${first.payment_id}" data-theme="dark"></script>
     <p>Two</p><script async src="${source}" data-payment-id="${second.payment_id}" data-lang="de"></script>
     <script defer src="${source}"></script>`,
    {
      head: `<script>addEventListener('load', () => {
        const script = document.createElement('script');
        script.src = '${source}?tag=manager';
        document.head.append(script);
      });</script>`,
    },
  );
  const elements = page.locator('p + script + usdt-checkout');
  await expect(elements).toHaveCount(2);
  for (const [index, payment] of [first, second].entries()) {
    const frame = elements.nth(index).locator('iframe').contentFrame();
    await expect(frame.locator('#address')).toHaveText(payment.address);
    await expect(frame.locator('#amount')).toHaveText(payment.pay_amount.slice(0, 7));
  }
  await expect(elements.nth(0).locator('iframe').contentFrame().locator('html')).toHaveAttribute(
    'data-theme',
    'dark',
  );
  await expect(elements.nth(1).locator('iframe').contentFrame().locator('html')).toHaveAttribute(
    'lang',
    'de',
  );
  await demo.chain.pay(second);
  await embedded.hasHeard('seen');
  const seen = (await embedded.told()).filter(({ name }) => name === 'seen');
  expect(seen.map(({ detail }) => detail.paymentId)).toEqual([String(second.payment_id)]);
});

test('attributes may change, and another language is chosen within the frame', async ({
  demo,
  page,
  embedded,
}) => {
  const [payment, other] = [await demo.createPayment(), await demo.createPayment()];
  const { framed } = embedded;
  await embedded.open(`<usdt-checkout></usdt-checkout>`);
  const element = page.locator('usdt-checkout');
  const toldSince = async (before: number) =>
    (await embedded.told()).slice(before).map(({ name }) => name);
  /** Returns once the payment is shown anew and nothing more is to be told. */
  const set = async (name: string, value: string) => {
    const before = (await embedded.told()).length;
    await element.evaluate(
      (element, [name, value]) => element.setAttribute(name!, value!),
      [name, value],
    );
    await expect.poll(() => toldSince(before)).toEqual(['ready', 'status']);
  };
  await set('payment-id', String(payment.payment_id));
  await framed.asksFor(payment);
  await set('payment-id', String(other.payment_id));
  await framed.asksFor(other);
  await set('theme', 'dark');
  await expect(framed.within.locator('html')).toHaveAttribute('data-theme', 'dark');
  await set('lang', 'fr');
  await expect(framed.within.locator('html')).toHaveAttribute('lang', 'fr');

  const steps = await page.evaluate(() => history.length);
  await framed.language.click();
  await framed.within.getByRole('link', { name: 'Deutsch' }).click();
  await expect(framed.within.locator('html')).toHaveAttribute('lang', 'de');
  await expect(framed.within.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(page.locator('iframe')).toHaveAttribute('title', 'Zahlung an Demo shop');
  expect(page.url()).toContain(embedded.shop.url);
  expect(await page.evaluate(() => history.length), 'no step back').toBe(steps);
  const before = (await embedded.told()).length;
  await demo.chain.pay(other);
  await expect.poll(() => toldSince(before)).toEqual(['status', 'seen']);
});

test('what has expired, and what comes late, is told', async ({ demo, embedded }) => {
  const payment = await demo.createPayment({ fail_url: undefined, success_url: undefined });
  await embedded.open(embedded.element(payment));
  await embedded.framed.live();
  await demo.chain.passDeadline(payment);
  await embedded.framed.shows('expired');
  await demo.chain.pay(payment);
  await embedded.framed.shows('seen');
  await demo.chain.mine(19);
  await embedded.framed.shows('paid');
  const names = async () => (await embedded.told()).map(({ name }) => name);
  await expect.poll(names).toContain('paid');
  expect((await names()).filter((name) => name !== 'status')).toEqual([
    'ready',
    'expired',
    'seen',
    'paid',
  ]);
});

test.describe('where the shop has made a mistake', () => {
  test.use({ watching: false });

  test('what is no payment is told', async ({ page, embedded }) => {
    await embedded.open(`<usdt-checkout payment-id="1"></usdt-checkout>
      <usdt-checkout payment-id="1&x=2"><a href="/help">Pay</a></usdt-checkout>`);
    await embedded.framed.shows('unknown');
    const codes = async () => (await embedded.told()).map(({ detail }) => detail.code);
    await expect.poll(codes).toEqual(['invalid', 'unknown']);
    await expect(page.locator('iframe')).toHaveCount(1);
    await expect(page.getByRole('link', { name: 'Pay' }), "the shop's own way").toBeVisible();
  });
});
