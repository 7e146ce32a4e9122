// The gateway stands still, dies and comes back while a payer looks at the page.

import type { Page } from '@playwright/test';

import { CONFIRMATIONS } from './chain.mjs';
import { goOnUntil, stopTime } from './clock';
import { expect, test } from './fixtures';
import { Merchant } from './merchant.mjs';

/** Lets the page's own time go on by steps until something happens. */
async function passes(page: Page, step: number, event: Promise<unknown>): Promise<void> {
  let hasCome = false;
  void event.then(() => (hasCome = true));
  await goOnUntil(page, step, () => hasCome);
}

test('a gateway that stood still, was killed and started again tells the open page at once', async ({
  page,
  checkout,
}) => {
  const merchant = await Merchant.open();
  try {
    const payment = await merchant.createPayment();
    const asked = (question: RegExp) => page.waitForRequest(question);
    const [held, plain] = [/payment-status.*&wait=/, /payment-status((?!&wait=).)*$/];
    await page.clock.install();
    const first = asked(held);
    await checkout.open(payment.payment_url);
    await first;

    // The page gives the held question up and says so, and its next one is answered when the gateway
    // goes on.
    merchant.gateway.suspend();
    const second = asked(plain);
    await stopTime(page);
    await page.clock.runFor('00:29');
    await expect(checkout.banner, 'within half a minute').toBeVisible();
    await page.clock.resume();
    await second;
    const third = asked(held);
    merchant.gateway.resume();
    await third;
    await expect(checkout.banner).toBeHidden();

    // The gateway dies with the held question, and is back before the page asks again.
    await stopTime(page);
    const broken = page.waitForEvent('requestfailed');
    await merchant.gateway.kill();
    await broken;
    await merchant.startGateway();
    await passes(page, 1_000, asked(plain));
    await passes(page, 10, asked(held));
    await merchant.chain.pay(payment);
    await merchant.chain.mine(CONFIRMATIONS);
    await checkout.goesOnTo('paid');
  } finally {
    await merchant.close();
  }
});
