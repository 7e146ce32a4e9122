// What the shop is told by its environment.

import { Client } from 'usdt-client';

const { GATEWAY, API_KEY, API_SECRET, PORT = '9000', SHOP_DATABASE = 'shop.sqlite' } = process.env;

export const port = Number(PORT);
/** The shop's own address, as payers reach it. */
export const home = process.env.SHOP_URL ?? `http://localhost:${PORT}`;
export const database = SHOP_DATABASE;
export const gateway = new Client(GATEWAY, API_KEY, API_SECRET, { userAgent: 'example-shop/1' });
