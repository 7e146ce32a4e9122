// What every test starts from: a demo per worker, the checkout, and a watch over each page for
// what must never happen on it.

import { AxeBuilder } from '@axe-core/playwright';
import { expect, test as base, type Page } from '@playwright/test';

import { CheckoutPage } from './checkout-page';
import { Demo } from './demo.mjs';
import { Embedded } from './embedded';
import { Shop } from './shop.mjs';

export type Payment = {
  payment_id: number;
  address: string;
  pay_amount: string;
  payment_url: string;
  expires_at: string;
};

type TestFixtures = {
  checkout: CheckoutPage;
  /** A shop's page that shows payments. */
  embedded: Embedded;
  /** Off where the test itself breaks what the watch looks for. */
  watching: boolean;
  watched: void;
};

export const test = base.extend<TestFixtures, { demo: Demo; shop: Shop }>({
  demo: [
    async ({}, use) => {
      const demo = await Demo.start();
      await use(demo);
      await demo.stop();
    },
    { scope: 'worker' },
  ],
  shop: [
    async ({}, use) => {
      const shop = await Shop.open();
      await use(shop);
      await shop.close();
    },
    { scope: 'worker' },
  ],
  checkout: async ({ page }, use) => {
    await use(new CheckoutPage(page));
  },
  embedded: async ({ page, demo, shop }, use) => {
    const embedded = new Embedded(page, demo, shop);
    await embedded.record();
    await use(embedded);
  },
  watching: [true, { option: true }],
  watched: [
    async ({ page, watching }, use) => {
      const trespasses: string[] = [];
      await page.addInitScript(() => {
        addEventListener('usdt-checkout:live', () => {
          document.documentElement.dataset.live = '';
        });
        addEventListener('securitypolicyviolation', (event) => {
          console.error(`against the policy: ${event.violatedDirective} ${event.blockedURI}`);
        });
      });
      page.on('pageerror', (error) => trespasses.push(`uncaught: ${error}`));
      page.on('console', (message) => {
        // How the browser reports a status code or a lost network.
        const isAnswer = message.text().startsWith('Failed to load resource:');
        if (message.type() === 'error' && !isAnswer) trespasses.push(message.text());
      });
      page.on('request', (request) => {
        // Firefox tells of the first requests of a frame before it has a URL.
        if (request.isNavigationRequest() || !request.frame().url()) return;
        const from = new URL(request.frame().url());
        const to = new URL(request.url());
        if (from.pathname === '/pay/' && from.origin !== to.origin) {
          trespasses.push(`asked a stranger: ${request.url()}`);
        }
      });
      await use();
      // What a route still fetches when the test is over is nobody's fault.
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      if (watching) expect(trespasses).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** axe finds nothing, without exceptions: by all its rules, or by those named. */
export async function expectAccessible(page: Page, rules?: string[]): Promise<void> {
  const axe = new AxeBuilder({ page });
  const { violations } = await (rules ? axe.withRules(rules) : axe).analyze();
  const found = violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html) }));
  expect(found).toEqual([]);
}
