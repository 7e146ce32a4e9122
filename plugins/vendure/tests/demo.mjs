// A shop to look at: it buys something, and tells what becomes of the order.

import { SUPERADMIN } from './config.mjs';
import { Buyer, Shop } from './shop.mjs';

const shop = await Shop.open();
const { identifier, password } = SUPERADMIN;
console.log(`Admin API: ${shop.url}/admin-api (${identifier}, ${password})`);
console.log(`Shop API:  ${shop.url}/shop-api`);

const buyer = new Buyer(shop);
const { code } = await buyer.checkOut(await shop.thing());
const { paymentUrl, token } = await buyer.pay();
console.log(`Order ${code} waits for its payment. Pay at ${paymentUrl}`);

let told = 'WAITING';
const timer = setInterval(async () => {
  const { state } = await buyer.progress(token);
  if (state !== told) console.log(`Order ${code}: ${state}`);
  told = state;
}, 1000);

process.on('SIGINT', async () => {
  clearInterval(timer);
  await shop.close();
});
