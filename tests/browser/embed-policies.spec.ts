// Shops' pages that forbid a lot, by policies and by styles, and what is shown in them all the same.

import { Merchant } from './merchant.mjs';
import { expect, expectAccessible, test } from './fixtures';
import { scan } from './qr';

test.skip(({ isMobile }) => isMobile, 'the same on every screen');

// Policies are broken on purpose, and the browser says so.
test.use({ watching: false });

/** What a page's policy needs for frames, and no more. */
const strict = (gateway: string) =>
  `default-src 'none'; script-src ${gateway}; frame-src ${gateway}`;

const policy = (value: string) => ({ headers: { 'Content-Security-Policy': value } });

test('the strictest policy with the documented lines allows a frame, and in place of more too', async ({
  demo,
  page,
  embedded,
}) => {
  const [payment, other] = [await demo.createPayment(), await demo.createPayment()];
  await embedded.open(
    `${embedded.element(payment)}
     ${embedded.element(other, 'isolation="page"')}
     <a data-usdt-checkout href="${payment.payment_url}">Pay</a>`,
    policy(strict(demo.baseUrl)),
  );
  const frames = page.locator('iframe');
  await expect(frames).toHaveCount(2);
  for (const [index, shown] of [payment, other].entries()) {
    await expect(frames.nth(index).contentFrame().locator('#address')).toHaveText(shown.address);
  }
  await expect(frames.first()).toHaveCSS('border-radius', '18px');
  await page.getByRole('link', { name: 'Pay' }).click();
  await expect(page.getByRole('dialog').getByRole('button')).toBeVisible();
  await expect(
    page.getByRole('dialog').locator('iframe').contentFrame().locator('#address'),
  ).toHaveText(payment.address);
});

for (const [images, where] of [
  ['data:', 'an image of its own'],
  ['', 'drawn into the page'],
] as const) {
  test(`the lines for the shop's own document are enough, and the QR code is ${where}`, async ({
    demo,
    page,
    embedded,
  }) => {
    const payment = await demo.createPayment();
    const gateway = demo.baseUrl;
    await embedded.open(
      embedded.element(payment, 'isolation="page"'),
      policy(
        `default-src 'none'; script-src ${gateway} 'wasm-unsafe-eval'; connect-src ${gateway}; img-src ${gateway} ${images}`,
      ),
    );
    await embedded.inPage.asksFor(payment);
    await expect(page.locator('iframe')).toHaveCount(0);
    await expect(page.locator('svg.qr')).toHaveCount(images ? 0 : 1);
    expect(await scan(embedded.inPage.qr)).toBe(payment.address);
    await expectAccessible(page);
    await demo.chain.pay(payment);
    await embedded.inPage.shows('seen');
    await expect(page.locator('.qr')).toHaveCount(0);
  });
}

test("enforced Trusted Types refuse what the shop's own document needs, and a frame is shown", async ({
  demo,
  page,
  embedded,
}) => {
  const payment = await demo.createPayment();
  await embedded.open(
    embedded.element(payment, 'isolation="page"'),
    policy("require-trusted-types-for 'script'; trusted-types 'none'"),
  );
  await embedded.framed.live();
  await embedded.framed.asksFor(payment);
  await embedded.hears('ready', 'status');
  await expect(page.locator('iframe')).toHaveCount(1);
});

test("where the page forbids frames, a link in the shop's words leads to the payment", async ({
  demo,
  page,
  embedded,
}) => {
  const payment = await demo.createPayment();
  await embedded.open(
    `${embedded.element(payment, '', `<a href="${payment.payment_url}">Jetzt zahlen</a>`)}
     <a data-usdt-checkout href="${payment.payment_url}">Pay</a>`,
    policy(`default-src 'none'; script-src ${demo.baseUrl}`),
  );
  await expect(page.getByRole('link', { name: 'Jetzt zahlen' })).toHaveAttribute(
    'href',
    payment.payment_url,
  );
  await expect(page.locator('iframe')).toBeHidden();
  await embedded.hears('error');
  expect((await embedded.told())[0]!.detail.code).toBe('blocked');
  await page.getByRole('link', { name: 'Pay', exact: true }).click();
  await page.getByRole('dialog').getByRole('link', { name: 'Pay with USDT' }).click();
  await page.waitForURL(payment.payment_url);
});

test('a policy that only reports blocks nothing', async ({ demo, page, embedded }) => {
  const payment = await demo.createPayment();
  await embedded.open(embedded.element(payment), {
    headers: { 'Content-Security-Policy-Report-Only': "frame-src 'none'" },
  });
  await embedded.framed.live();
  await embedded.hears('ready', 'status');
});

test("without a script the shop's own link is there", async ({ demo, page, embedded }) => {
  const payment = await demo.createPayment();
  await embedded.open(
    `${embedded.element(payment, '', `<a href="${payment.payment_url}">Pay</a>`)}`,
    policy("script-src 'none'"),
  );
  await page.getByRole('link', { name: 'Pay' }).click();
  await page.waitForURL(payment.payment_url);
});

test('a page that is isolated from other sites can show it', async ({ demo, page, embedded }) => {
  const payments = [await demo.createPayment(), await demo.createPayment()] as const;
  await embedded.open(
    `<usdt-checkout payment-id="${payments[0].payment_id}"></usdt-checkout>
     <usdt-checkout isolation="page" payment-id="${payments[1].payment_id}"></usdt-checkout>`,
    {
      headers: {
        'Cross-Origin-Embedder-Policy': 'require-corp',
        'Cross-Origin-Opener-Policy': 'same-origin',
      },
    },
  );
  await embedded.framed.live();
  await expect(embedded.framed.address).toHaveText(payments[0].address);
  await expect(embedded.inPage.amount).toHaveText(/^50\.0/);
  await expect(page.locator('iframe')).toHaveCount(1);
});

test.describe("whatever the shop's styles are", () => {
  const RESET = `<style>
    * { all: unset; }
    * { color: red !important; font-size: 40px !important; letter-spacing: 9px !important;
        text-transform: uppercase !important; direction: rtl !important; opacity: 0.9; }
    html { font-size: 4px !important; }
    script, style, title, head { display: none; }
  </style>`;

  test('the checkout looks as it does alone', async ({ demo, page, embedded }) => {
    const payments = await Promise.all([1, 2, 3].map(() => demo.createPayment()));
    const [framed, inPage, modal] = payments.map(({ payment_id }) => payment_id);
    await embedded.open(
      `<usdt-checkout payment-id="${framed}"></usdt-checkout>
       <usdt-checkout id="own" isolation="page" payment-id="${inPage}"></usdt-checkout>
       <usdt-checkout mode="modal" payment-id="${modal}"></usdt-checkout>`,
      { head: RESET },
    );
    await embedded.framed.live();
    const own = page.locator('#own');
    await expect(own.locator('#amount')).toBeVisible();
    // Both as the payment page has them.
    const looks = (of: { locator: typeof page.locator }) =>
      of.locator('#amount').evaluate((amount) => {
        const { color, fontSize, letterSpacing, textTransform, direction } =
          getComputedStyle(amount);
        const { width } = amount.closest('article')!.getBoundingClientRect();
        return { color, fontSize, letterSpacing, textTransform, direction, width };
      });
    const alone = {
      color: 'rgb(16, 23, 31)',
      fontSize: '36px',
      letterSpacing: '-0.54px',
      textTransform: 'none',
      direction: 'ltr',
      width: 432,
    };
    expect(await looks(embedded.framed.within)).toEqual(alone);
    expect(await looks(own)).toEqual(alone);

    await page.locator('usdt-checkout[mode=modal]').click();
    const dialog = page.getByRole('dialog');
    await expect(dialog.locator('iframe')).toBeVisible();
    const { width } = (await dialog.boundingBox())!;
    expect(width).toBe(464);
    await expect(dialog.getByRole('button', { name: 'Close' })).toHaveCSS('font-size', '24px');
  });
});

test('only allowed sites show payments', async ({ page, embedded }) => {
  const merchant = await Merchant.open({ origins: [embedded.shop.url] });
  try {
    const payment = await merchant.createPayment();
    const shown = `${embedded.element(payment)}
      <script src="${merchant.gatewayUrl}/v1/widget.js"></script>`;
    await embedded.open(shown);
    await embedded.framed.live();

    const path = new URL(page.url()).pathname;
    await page.goto(embedded.shop.otherUrl + path);
    await expect(page.getByRole('link', { name: 'Pay with USDT' })).toHaveAttribute(
      'href',
      payment.payment_url,
    );
    await expect(page.locator('iframe')).toBeHidden();
    expect((await embedded.told()).map(({ detail }) => detail.code)).toEqual(['blocked']);
    // Nor in the stranger's own document.
    await page
      .locator('usdt-checkout')
      .evaluate((element) => element.setAttribute('isolation', 'page'));
    await expect.poll(async () => (await embedded.told()).length).toBe(2);
    await expect(page.getByText(payment.pay_amount.slice(0, 7))).toHaveCount(0);
  } finally {
    await merchant.close();
  }
});

test("a wallet is only asked on the payment's own page, which remembers it", async ({
  demo,
  page,
  context,
  embedded,
}) => {
  const asked: string[] = [];
  await page.exposeFunction('asked', (what: string) => asked.push(what));
  await page.addInitScript(() => {
    const request = ({ method }: { method: string }) => Reflect.get(window, 'asked')(method);
    Object.assign(window, { tronLink: { isTronLink: true, request, tronWeb: false } });
  });
  const payment = await demo.createPayment();
  await embedded.open(embedded.element(payment));
  await embedded.framed.live();
  const link = embedded.framed.within.getByRole('link', { name: 'Pay with TronLink' });
  await expectAccessible(page);
  const opened = context.waitForEvent('page');
  await link.click();
  await (await opened).waitForURL(payment.payment_url, { waitUntil: 'commit' });
  expect(asked).toEqual([]);
});
