// The whole story, every part of it real.

import { CONFIRMATIONS } from './chain.mjs';
import { stopTime } from './clock';
import { expect, expectAccessible, test } from './fixtures';
import { Merchant } from './merchant.mjs';
import { scan } from './qr';

test("a payer pays an order of a merchant's PHP server, who hears of it once, signed", async ({
  page,
  checkout,
}) => {
  const merchant = await Merchant.open();
  try {
    await page.clock.install();
    await page.goto(`${merchant.url}/create-payment.php`);
    await expect(page).toHaveURL(new RegExp(`^${merchant.gatewayUrl}/pay/\\?id=\\d+$`));
    await checkout.live();
    await checkout.shows('waiting');
    await expect(checkout.amount).toHaveText(/^50\.0\d{0,2}[1-9]$/);
    await expect(checkout.timeLeft).toHaveText(/^(30:00|29:\d\d)$/);
    const amount = await checkout.amount.innerText();
    const address = await checkout.address.innerText();
    await checkout.revealCode();
    expect(await scan(checkout.qr)).toBe(address);
    await expectAccessible(page);

    const txid = await merchant.chain.transfer(address, amount);
    await merchant.chain.mine(1);
    await checkout.shows('seen');
    await expect(checkout.confirmations).toHaveText('0 of 19 confirmations');
    await merchant.chain.mine(7);
    await expect(checkout.confirmations).toHaveText('7 of 19 confirmations');
    expect(await merchant.webhooks()).toEqual([]);

    await stopTime(page);
    await merchant.chain.mine(CONFIRMATIONS - 7);
    await checkout.goesOnTo('paid');
    await expect(checkout.leaving).toBeVisible();
    const paymentId = Number(new URL(page.url()).searchParams.get('id'));
    await page.clock.resume();
    await page.waitForURL(`${merchant.url}/success`);
    await expect(page.getByRole('heading')).toHaveText('Thank you for your order');

    const paid = {
      method: 'POST',
      content_type: 'application/json',
      valid: true,
      body: {
        payment_id: paymentId,
        app_id: merchant.appId,
        order_id: 'ORDER_12345',
        status: 'paid',
        amount: '50.00',
        pay_amount: amount.padEnd('50.000000'.length, '0'),
        currency: 'USDT',
        network: 'TRC20',
        txid,
        paid_at: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      },
    };
    await expect.poll(() => merchant.webhooks()).toEqual([paid]);
  } finally {
    await merchant.close();
  }
});
