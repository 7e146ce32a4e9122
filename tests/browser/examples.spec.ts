// The npm package, and the shops' apps that are examples of its use.

import { fileURLToPath } from 'node:url';

import type { Page } from '@playwright/test';

import { CONFIRMATIONS } from './chain.mjs';
import { shortest } from './checkout-page';
import type { Demo } from './demo.mjs';
import { expect, test, type Payment } from './fixtures';
import { hold } from './hold';
import { run } from './program.mjs';
import type { Shop } from './shop.mjs';

const EMBED = fileURLToPath(new URL('../../embed', import.meta.url));

test.skip(({ isMobile }) => isMobile, 'the package is the same on every device');

for (const framework of ['react', 'vue']) {
  test.describe(`the example in ${framework}`, () => {
    const open = async (page: Page, demo: Demo, shop: Shop): Promise<Payment> => {
      // Without a URL to lead the payer to, who stays.
      const payment = await demo.createPayment({ success_url: '' });
      shop.serve(`/${framework}`, `${EMBED}/examples/${framework}/dist`);
      const query = new URLSearchParams({ gateway: demo.baseUrl, payment: payment.payment_id });
      await page.goto(`${shop.url}/${framework}/index.html?${query}`);
      return payment;
    };

    test('takes a payment within its page, and says how it stands', async ({
      demo,
      shop,
      page,
    }) => {
      const payment = await open(page, demo, shop);
      const amount = page.frameLocator('usdt-checkout iframe').locator('#amount');
      await expect(amount).toHaveText(shortest(payment.pay_amount));
      const status = page.getByRole('status');
      await expect(status).toHaveText('Payment: waiting');
      await demo.chain.pay(payment);
      await expect(status).toHaveText('Payment: seen');
      await demo.chain.mine(CONFIRMATIONS);
      await expect(status).toHaveText('Payment: paid. Thank you!');
    });

    test('leaves nothing behind when it goes, and can come again', async ({ demo, shop, page }) => {
      await open(page, demo, shop);
      const iframe = page.locator('usdt-checkout iframe');
      await expect(page.getByRole('status')).toHaveText('Payment: waiting');
      await page.getByRole('button', { name: 'Pay in a window' }).click();
      await expect(iframe).toHaveCount(2);
      // Behind the window, where no payer can click but a route can change.
      await page.getByText('Back to the cart').dispatchEvent('click');
      await expect(page.locator('usdt-checkout')).toHaveCount(0);
      await page.getByRole('button', { name: 'Pay' }).click();
      await expect(iframe).toHaveCount(1);
      await expect(page.getByRole('status')).toHaveText('Payment: waiting');
    });

    test('opens a window, which Escape closes', async ({ demo, shop, page }) => {
      const payment = await open(page, demo, shop);
      await page.getByRole('button', { name: 'Pay in a window' }).click();
      const dialog = page.getByRole('dialog');
      const amount = dialog.locator('iframe').contentFrame().locator('#amount');
      await expect(amount).toHaveText(shortest(payment.pay_amount));
      await page.keyboard.press('Escape');
      await expect(dialog).toHaveCount(0);
      await expect(page.locator('usdt-checkout iframe')).toHaveCount(1);
    });
  });
}

test.describe('the loader', () => {
  type Options = { version?: string; integrity?: string; nonce?: string };

  /** Opens an empty page of the shop that has imported the package. */
  const open = async (page: Page, shop: Shop, html = '', headers = {}) => {
    shop.serve('/npm', `${EMBED}/npm/dist`);
    const start = `<!doctype html><title>Shop</title>
      <script type="module" nonce="start">globalThis.loader = await import('/npm/index.js')</script>`;
    await page.goto(shop.url + shop.page(start + html, headers));
    await page.waitForFunction(() => 'loader' in globalThis);
  };

  /** Loads the script, and returns its version or why there is none. */
  const load = (page: Page, gateway: string, options?: Options) =>
    page.evaluate(
      ([gateway, options]) =>
        Reflect.get(globalThis, 'loader')
          .loadUsdtCheckout(gateway, options)
          .then(
            ({ version }: { version: string }) => version,
            ({ message }: Error) => message,
          ),
      [gateway, options] as const,
    );

  /** The gateway's scripts in the page, as they are written. */
  const scripts = (page: Page) =>
    page.locator('script[src*="/v1/"]').evaluateAll((all) => all.map((each) => each.outerHTML));

  const VERSION = /^\d+\.\d+\.\d+$/;

  test('adds one script, however often it is called', async ({ demo, shop, page }) => {
    await open(page, shop);
    expect(await scripts(page)).toEqual([]);
    const isSame = await page.evaluate((gateway) => {
      const { loadUsdtCheckout } = Reflect.get(globalThis, 'loader');
      return loadUsdtCheckout(gateway) === loadUsdtCheckout(`${gateway}/`);
    }, demo.baseUrl);
    expect(isSame).toBe(true);
    expect(await load(page, demo.baseUrl)).toMatch(VERSION);
    expect(await scripts(page)).toEqual([
      `<script async="" src="${demo.baseUrl}/v1/widget.js"></script>`,
    ]);
  });

  test('loads one version, which the browser compares with its hash', async ({
    demo,
    shop,
    page,
  }) => {
    const { version, integrity } = await (await fetch(`${demo.baseUrl}/v1/widget.json`)).json();
    await open(page, shop);
    expect(await load(page, demo.baseUrl, { version, integrity })).toBe(version);
    const src = `${demo.baseUrl}/v1/widget-${version}.js`;
    expect(await scripts(page)).toEqual([
      `<script async="" src="${src}" integrity="${integrity}" crossorigin="anonymous"></script>`,
    ]);
  });

  test("is not misled by an element of the script's name", async ({ demo, shop, page }) => {
    await open(page, shop, '<div id="UsdtCheckout"></div>');
    expect(await load(page, demo.baseUrl)).toMatch(VERSION);
  });

  test('waits for a script that the page has', async ({ demo, shop, page }) => {
    const script = `${demo.baseUrl}/v1/widget.js`;
    const release = await hold(page, script);
    const asked: string[] = [];
    page.on('request', (request) => request.url() === script && asked.push(script));
    await open(page, shop);
    // Added late, since a page waits for its own before it is loaded.
    await page.evaluate((src) => {
      document.head.append(Object.assign(document.createElement('script'), { src }));
    }, script);
    const version = load(page, demo.baseUrl);
    expect(await scripts(page)).toHaveLength(1);
    release();
    expect(await version).toMatch(VERSION);
    expect(await load(page, demo.baseUrl)).toMatch(VERSION);
    expect(asked).toHaveLength(1);
  });

  test('takes what the page has loaded', async ({ demo, shop, page }) => {
    const tag = `<script src="${demo.baseUrl}/v1/widget.js"></script>`;
    await open(page, shop, tag);
    expect(await load(page, demo.baseUrl)).toMatch(VERSION);
    expect(await scripts(page)).toEqual([tag]);
  });

  test("tries again after a failure, its own or the page's", async ({ demo, shop, page }) => {
    const script = `${demo.baseUrl}/v1/widget.js`;
    await page.route(script, (route) => route.abort(), { times: 2 });
    await open(page, shop, `<script src="${script}"></script>`);
    expect(await load(page, demo.baseUrl)).toBe(`usdt-checkout: ${script} cannot be loaded.`);
    expect(await scripts(page)).toEqual([]);
    expect(await load(page, demo.baseUrl)).toMatch(VERSION);
    expect(await scripts(page)).toHaveLength(1);
  });

  test('refuses what is no gateway, and a second one', async ({ demo, shop, page }) => {
    await open(page, shop);
    for (const gateway of ['', '/pay', 'pay.example', 'localhost:8080', 'javascript:alert(1)']) {
      expect(await load(page, gateway)).toContain('must be an http or https URL');
    }
    expect(await scripts(page)).toEqual([]);
    await page.route('https://pay.example/**', (route) => route.fulfill({ body: '' }));
    const script = 'https://pay.example/v1/widget.js';
    expect(await load(page, 'https://pay.example')).toBe(
      `usdt-checkout: ${script} is not the script of a gateway.`,
    );
    expect(await load(page, demo.baseUrl)).toMatch(VERSION);
    expect(await load(page, 'https://pay.example')).toBe(
      `usdt-checkout: This page uses the gateway ${demo.baseUrl} already and cannot use https://pay.example too.`,
    );
  });

  test('loads under a strict policy, by its nonce and its own trusted type', async ({
    demo,
    shop,
    page,
  }) => {
    const policy = `script-src 'nonce-start' 'nonce-ours'; require-trusted-types-for 'script'; trusted-types usdt-checkout`;
    await open(page, shop, '', { 'Content-Security-Policy': policy });
    expect(await load(page, demo.baseUrl, { nonce: 'ours' })).toMatch(VERSION);
  });

  test.describe('where its trusted type is not allowed', () => {
    // The browser reports each attempt at one.
    test.use({ watching: false });

    test('loads by a string', async ({ demo, shop, page }) => {
      await open(page, shop, '', { 'Content-Security-Policy': `trusted-types 'none'` });
      expect(await load(page, demo.baseUrl)).toMatch(VERSION);
    });
  });
});

test('on a server the package does nothing and gives null', async () => {
  const say = "loadUsdtCheckout('https://pay.example').then((value) => console.log(String(value)))";
  const imported = `import { loadUsdtCheckout } from 'usdt-checkout'; ${say}`;
  const required = `const { loadUsdtCheckout } = require('usdt-checkout'); ${say}`;
  for (const args of [
    ['--input-type=module', '-e', imported],
    ['-e', required],
  ]) {
    expect(await run(process.execPath, args, { cwd: EMBED })).toBe('null\n');
  }
});

test('the package holds what is needed, and nothing else', async () => {
  const args = ['pack', '--workspace', 'usdt-checkout', '--dry-run', '--json', '--ignore-scripts'];
  const [{ files }] = JSON.parse(await run('npm', args, { cwd: EMBED }));
  expect(files.map(({ path }: { path: string }) => path)).toEqual([
    'LICENSE-APACHE',
    'LICENSE-MIT',
    'README.md',
    'dist/index.cjs',
    'dist/index.d.cts',
    'dist/index.d.ts',
    'dist/index.js',
    'package.json',
  ]);
});
