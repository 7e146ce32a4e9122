// What everyone may read holds nothing that is the merchant's alone.

import { expect, test } from './fixtures';

test('no secret, order or description is in anything that is public', async ({
  demo,
  request,
}) => {
  const payment = await demo.createPayment({
    order_id: 'order-7b1f0c55',
    description: 'description-93ac11de',
  });
  const { key, secret } = demo.keys;
  const text = async (url: string) => {
    const answer = await request.get(new URL(url, demo.baseUrl).href, {
      headers: { 'Accept-Encoding': 'identity' },
    });
    expect(answer.ok()).toBe(true);
    return (await answer.body()).toString('latin1');
  };

  const page = await text(payment.payment_url);
  const assets = [...new Set(page.match(/\/assets\/[\w.-]+/g))];
  expect(assets.filter((name) => name.endsWith('.wasm'))).toHaveLength(1);
  expect(assets.filter((name) => name.endsWith('.js'))).toHaveLength(2);
  const status = `/api/payment-status.php?payment_id=${payment.payment_id}`;
  for (const url of [payment.payment_url, status, ...assets]) {
    const content = await text(url);
    for (const private_ of [key, secret, 'order-7b1f0c55', 'description-93ac11de']) {
      expect(content.includes(private_), `${private_} in ${url}`).toBe(false);
    }
    expect(content, `a key in ${url}`).not.toMatch(/[ps]k_(test|live)_[0-9a-f]/);
    expect(content, `a path of the machine in ${url}`).not.toMatch(/\/(home|root|Users)\/\w/);
  }
});
