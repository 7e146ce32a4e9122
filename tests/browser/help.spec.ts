// The help beside a payment: comparing the address, paying from an exchange, going on by phone,
// pointing to a transaction, and another language.

import { expect, test } from './fixtures';
import { scan } from './qr';

// The gateway limits how often it is asked in a minute.
test.beforeEach(({ demo }) => demo.passMinute());

test('what was pasted is compared on the page, and the first difference is shown', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment();
  await checkout.open(payment.payment_url);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url() + (request.postData() ?? '')));
  await checkout.unfold('Check the address you pasted');
  const field = page.getByLabel('Recipient in your wallet');

  await field.fill(` ${payment.address}\n`);
  await expect(checkout.said).toHaveText('All 34 characters are the same.');
  await field.fill(payment.address.slice(0, 20));
  await expect(checkout.said).toHaveText('The same so far, but 14 characters are missing.');

  // The same at both ends, as thieves make them.
  const wrong = payment.address[16] === 'x' ? 'y' : 'x';
  const alike = payment.address.slice(0, 16) + wrong + payment.address.slice(17);
  await field.fill(alike);
  await expect(checkout.said).toContainText('It differs from character 17 on.');
  await expect(page.locator('#pasted [data-wrong]')).toHaveText(alike.slice(16, 20));
  await field.fill('');
  await expect(checkout.said).toBeHidden();
  expect(asked.join()).not.toContain(alike);
});

test('on an exchange the fee is added to the last digit', async ({ demo, page, checkout }) => {
  const payment = await demo.createPayment({ amount: '0.30' });
  await checkout.open(payment.payment_url);
  await checkout.unfold('Paying from an exchange?');
  const micro = BigInt(payment.pay_amount.replace('.', '')) + 1_500_000n;
  const sum = `${micro / 1_000_000n}.${String(micro % 1_000_000n).padStart(6, '0')}`;
  await page.getByLabel('Fee in USDT').fill('1,5');
  await expect(checkout.said).toContainText(`Withdraw ${sum.replace(/0{1,4}$/, '')} USDT`);
  await page.getByLabel('Fee in USDT').fill('much');
  await expect(checkout.said).toContainText('Enter the fee as a plain number');
});

test('on a computer, and only there, the page can be taken to a phone', async ({
  demo,
  page,
  checkout,
  isMobile,
}) => {
  const payment = await demo.createPayment();
  await checkout.open(payment.payment_url);
  if (isMobile) {
    await expect(page.getByText('Continue on your phone')).toBeHidden();
    return;
  }
  await checkout.unfold('Continue on your phone');
  const link = page.getByRole('img', { name: 'QR code of this page’s link' });
  expect(await scan(link)).toBe(payment.payment_url);
});

test('a transaction that does not match is found by its ID, and stays shown', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment({ success_url: undefined });
  const txid = await demo.chain.transfer(payment.address, '7.000000');
  // What the gateway has not read yet is not recorded by a claim.
  await demo.mineAndRead(21);
  await checkout.open(payment.payment_url);
  await checkout.shows('waiting');
  await checkout.unfold('Paid, but nothing shows?');
  const field = page.getByLabel('Transaction ID');
  const look = page.getByRole('button', { name: 'Find my payment' });

  await field.fill('not a transaction');
  await look.click();
  await expect(checkout.said).toContainText('Enter one transaction ID');
  await field.fill('0'.repeat(64));
  await field.press('Control+Enter');
  await look.click();
  await expect(checkout.said).toContainText('The network doesn’t know this transaction');
  await field.fill(txid);
  await look.click();
  await checkout.shows('short');
  for (const part of ['7.00', 'Missing', 'Please don’t send the difference.']) {
    await expect(page.getByRole('article')).toContainText(part);
  }
  await expect(page.locator('#txid')).toHaveText(txid);

  await page.reload();
  await checkout.live();
  await checkout.shows('short');
  // The address is not taken away from a payer who has not paid yet.
  await checkout.unfold('Not your transfer? Show payment details');
  await expect(checkout.address).toHaveText(payment.address);
  await demo.chain.settle(payment);
  await checkout.shows('paid');
});

test('what the payer types outlives a change of the page', async ({ demo, page, checkout }) => {
  const payment = await demo.createPayment({ fail_url: undefined });
  await checkout.open(payment.payment_url);
  await checkout.unfold('Paid, but nothing shows?');
  const field = page.getByLabel('Transaction ID');
  await field.fill('0123');
  await demo.chain.passDeadline(payment);
  await checkout.shows('expired');
  await expect(field).toBeFocused();
  await expect(field).toHaveValue('0123');
});

test('the gateway limits how often it is pointed to transactions', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment();
  await page.route('**/api/claim.php', (route) =>
    route.fulfill({ status: 429, json: { ok: false, error: 'Too many requests' } }),
  );
  await checkout.open(payment.payment_url);
  await checkout.unfold('Paid, but nothing shows?');
  await page.getByLabel('Transaction ID').fill('0'.repeat(64));
  await page.getByRole('button', { name: 'Find my payment' }).click();
  await expect(checkout.said).toContainText('Too many tries.');
});

test('the page is read in another language, from right to left', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment();
  await checkout.open(payment.payment_url);
  await checkout.language.click();
  await page.getByRole('link', { name: 'العربية' }).click();
  await checkout.live();
  await expect(page.locator('html')).toHaveAttribute('lang', 'ar');
  await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
  await expect(checkout.headline).toHaveText('في انتظار دفعتك');
  await expect(checkout.address).toHaveText(payment.address);
  await expect(checkout.address).toHaveCSS('direction', 'ltr');
  await checkout.revealCode();
  expect(await scan(page.locator('.qr'))).toBe(payment.address);
});

test.describe('a browser that wants German', () => {
  test.use({ locale: 'de-AT' });

  test('gets German', async ({ demo, page }) => {
    const payment = await demo.createPayment();
    await page.goto(payment.payment_url);
    await expect(page.locator('html')).toHaveAttribute('lang', 'de');
    await page.goto(`${payment.payment_url}&lang=tr`);
    await expect(page.locator('html')).toHaveAttribute('lang', 'tr');
  });
});

test('a receipt is printed without what only a screen needs', async ({ demo, page, checkout }) => {
  const payment = await demo.createPayment({ success_url: undefined });
  await checkout.open(payment.payment_url);
  const txid = await demo.chain.settle(payment);
  await checkout.shows('paid');
  await page.emulateMedia({ media: 'print' });
  await expect(page.locator('#txid')).toHaveText(txid);
  await expect(page.getByRole('button', { name: 'Print receipt' })).toBeHidden();
  await expect(checkout.language).toBeHidden();
  const pdf = (await page.pdf({ format: 'A4' })).toString('latin1');
  expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
});
