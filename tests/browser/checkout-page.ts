// The checkout as a payer finds it.

import {
  expect,
  type FrameLocator,
  type Locator,
  type Page,
  type Response,
} from '@playwright/test';

import { goOnUntil } from './clock';

const HEADLINES = {
  waiting: 'Waiting for your payment',
  checking: 'Time is up. Still checking…',
  seen: 'We see your payment',
  short: 'The amount received is too low',
  over: 'The amount received is too high',
  review: 'Payment received, under review',
  paid: 'Payment received',
  expired: 'The time to pay has ended',
  changed: 'Stop: do not pay',
  unknown: 'Payment not found',
};

export type Stage = keyof typeof HEADLINES;

export class CheckoutPage {
  readonly headline: Locator;
  readonly banner: Locator;
  readonly amount: Locator;
  readonly address: Locator;
  readonly qr: Locator;
  /** Where it cannot be scanned, the code is one tap away. */
  readonly showCode: Locator;
  readonly timeLeft: Locator;
  readonly deadline: Locator;
  readonly confirmations: Locator;
  readonly copyAmount: Locator;
  readonly copyAddress: Locator;
  readonly cancel: Locator;
  readonly language: Locator;
  /** What opens the help that is offered on this kind of device. */
  readonly help: Locator;
  readonly onward: Locator;
  readonly leaving: Locator;
  readonly stay: Locator;
  readonly demoBar: Locator;
  /** What a field of the help has to say. */
  readonly said: Locator;

  /** `within` is where the checkout is: the page, or a frame in it. */
  constructor(
    readonly page: Page,
    readonly within: Page | FrameLocator = page,
  ) {
    const card = within.getByRole('article');
    this.headline = card.locator('.state > .status');
    this.banner = card.getByText('No connection.');
    this.amount = card.locator('#amount');
    this.address = card.locator('#address');
    this.qr = card.getByRole('img', { name: 'QR code' });
    this.showCode = card.locator('#code-title');
    this.timeLeft = card.getByRole('timer', { name: 'Time left' });
    this.deadline = card.getByText('Pay before').getByRole('time');
    this.confirmations = card.getByText(/\d+ of 19 confirmations/);
    this.copyAmount = card.locator('#copy-amount');
    this.copyAddress = card.locator('#copy-address');
    this.said = card.locator('details[open] .said');
    this.language = within.locator('#language');
    this.help = card.locator('summary:visible');
    this.cancel = card.getByRole('link', { name: 'Cancel and return' });
    this.onward = card.getByRole('link', { name: /^(Continue|Return) to/ });
    this.leaving = card.getByText(/Redirecting in \d+ s\./);
    this.stay = card.getByRole('link', { name: 'Stay here' });
    this.demoBar = within.getByRole('complementary', { name: 'Simulated chain' });
  }

  /** Opens a payment and waits until the live page has taken over. */
  async open(url: string): Promise<Response> {
    const response = await this.page.goto(url);
    await this.live();
    return response!;
  }

  /** The live page has taken over from the server's HTML. */
  async live(): Promise<void> {
    await expect(this.within.locator('html[data-live]')).toBeAttached();
  }

  /** Opens a piece of help. */
  async unfold(title: string): Promise<void> {
    await this.within.getByRole('article').getByText(title, { exact: true }).click();
  }

  async shows(stage: Stage): Promise<void> {
    await expect(this.headline).toHaveText(HEADLINES[stage]);
  }

  /** Lets the page, whose time stands still, go on to a stage: what it counts down has just begun. */
  async goesOnTo(stage: Stage): Promise<void> {
    await goOnUntil(
      this.page,
      500,
      async () => (await this.headline.textContent()) === HEADLINES[stage],
    );
  }

  /** Everything that a payer needs, and nothing that differs from what was agreed. */
  async asksFor(payment: { address: string; pay_amount: string; expires_at: string }) {
    await this.shows('waiting');
    await expect(this.amount).toHaveText(shortest(payment.pay_amount));
    await expect(this.address).toHaveText(payment.address);
    // A page that takes over, or is loaded again, may fold it once more.
    await expect(async () => {
      await this.revealCode();
      expect(await this.qr.isVisible()).toBe(true);
    }).toPass();
    await expect(this.timeLeft).toHaveText(/^\d\d:\d\d$/);
    const deadline = new RegExp(`^${payment.expires_at.replace(' ', 'T')}\\.\\d{3}Z$`);
    await expect(this.deadline).toHaveAttribute('datetime', deadline);
  }

  /** Shows the QR code where it is one tap away. */
  async revealCode(): Promise<void> {
    const closed = this.within.locator('#code:not([open]) > summary');
    if (await closed.isVisible()) await closed.click();
  }

  /** Seconds on the countdown. */
  async secondsLeft(): Promise<number> {
    const face = await this.timeLeft.innerText();
    return face.split(':').reduce((seconds, part) => seconds * 60 + Number(part), 0);
  }

  async press(button: 'pay exactly' | 'pay less' | 'pay late'): Promise<void> {
    await this.demoBar.getByRole('button', { name: button }).click();
    await this.live();
  }
}

/** An amount as the page writes it: without the zeros that nobody has to type. */
export function shortest(amount: string): string {
  return amount.replace(/0{1,4}$/, '');
}
