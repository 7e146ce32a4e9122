// A shop's page, on a site of its own, that shows payments with the script for shops.

import { expect, type Locator, type Page } from '@playwright/test';

import { CheckoutPage } from './checkout-page';
import { goOnUntil } from './clock';
import type { Demo } from './demo.mjs';
import type { Payment } from './fixtures';
import type { Shop } from './shop.mjs';

const EVENTS = ['ready', 'status', 'seen', 'paid', 'expired', 'failed', 'closed', 'error'];

export type Told = { name: string; detail: Record<string, unknown> };

export class Embedded {
  /** The checkout in the frame. */
  readonly framed: CheckoutPage;
  /** The checkout in the shop's own document. */
  readonly inPage: CheckoutPage;

  constructor(
    readonly page: Page,
    readonly demo: Demo,
    readonly shop: Shop,
  ) {
    this.framed = new CheckoutPage(page, page.frameLocator('usdt-checkout iframe'));
    this.inPage = new CheckoutPage(page);
  }

  get script() {
    return `<script src="${this.demo.baseUrl}/v1/widget.js"></script>`;
  }

  get dialog() {
    return this.page.locator('dialog[part=dialog]');
  }

  /** Keeps what shops' pages are told, from their beginning on. */
  async record() {
    await this.page.addInitScript((names) => {
      const told: Told[] = [];
      Object.assign(globalThis, { told });
      for (const name of names) {
        document.addEventListener(`usdt-checkout:${name}`, (event) => {
          told.push({ name, detail: (event as CustomEvent).detail });
        });
      }
    }, EVENTS);
  }

  /** The element of a payment, with more attributes where a test wants them. */
  element({ payment_id }: Payment, attributes = '', content = '') {
    return `<usdt-checkout payment-id="${payment_id}" ${attributes}>${content}</usdt-checkout>`;
  }

  /** Opens a shop's page with this in its body, and the script behind it if it has none. */
  async open(body: string, { head = '', headers = {} } = {}) {
    const script = body.includes('/v1/widget') ? '' : this.script;
    const path = this.shop.page(
      `<!doctype html><html lang="en"><head><meta charset="utf-8">
       <meta name="viewport" content="width=device-width, initial-scale=1">
       <title>Shop</title>${head}</head>
       <body><main><h1>Shop</h1>${body}</main>${script}</body></html>`,
      headers,
    );
    await this.page.goto(this.shop.url + path);
  }

  /** Opens a page of the docs with the gateway and the payment of a test. */
  async copy(html: string, payment: Payment) {
    const text = html
      .replaceAll('https://pay.example.com', this.demo.baseUrl)
      .replaceAll('6070472267431395', String(payment.payment_id));
    await this.page.goto(this.shop.url + this.shop.page(text));
  }

  told(): Promise<Told[]> {
    return this.page.evaluate(() => Reflect.get(globalThis, 'told'));
  }

  /** Focuses what is in the frame, and waits until the keys go there: a frame has a process of its own. */
  async focusWithin(part: Locator) {
    await part.focus();
    await expect(this.page.locator('iframe')).toBeFocused();
  }

  /** Waits until the page has been told this and nothing else, in this order. */
  async hears(...names: string[]) {
    const heard = async () => (await this.told()).map(({ name }) => name);
    await expect.poll(heard).toEqual(names);
  }

  /** Waits until the page has been told this. */
  async hasHeard(name: string) {
    await expect.poll(() => this.isTold(name)).toBe(true);
  }

  /** Lets the page, whose time stands still, go on until it has been told this. */
  async goesOnToHear(name: string) {
    await goOnUntil(this.page, 500, () => this.isTold(name));
  }

  private async isTold(name: string): Promise<boolean> {
    return (await this.told()).some((told) => told.name === name);
  }
}
