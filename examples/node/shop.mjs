// A small shop: it sells one thing, and takes USDT for it.
//
//   GATEWAY=… API_KEY=… API_SECRET=… npm start

import { createServer } from 'node:http';

import { ConnectionError, RateLimitError, ServerError, webhookHandler } from 'usdt-client';

import { receive } from './booking.mjs';
import { reconcile } from './reconcile.mjs';
import { database, gateway, home, port } from './settings.mjs';
import { Store } from './store.mjs';

const PRICE = '50.00';
const RECONCILE_MS = 60_000;

const store = new Store(database);
const webhook = webhookHandler(
  { verify: (body, headers) => gateway.verifyWebhook(body, headers) },
  (event) => receive(store, event),
);

/** The address of the order's payment page. */
async function pay(order) {
  let payment = store.payment(order.id);
  // What was begun goes on: the same reference is the same payment.
  if (!payment || payment.state === 'ended') payment = store.addPayment(order);
  const created = await gateway.createPayment({
    orderId: payment.reference,
    amount: payment.amount,
    successUrl: `${home}/return?order=${order.id}`,
    failUrl: `${home}/return?order=${order.id}`,
  });
  const isOurs = store.keep(payment.reference, created);
  // An expired one is replaced by the gateway; the old one was the order's too, and may still be paid.
  if (!isOurs) {
    store.end(payment.reference);
    return pay(order);
  }
  return created.paymentUrl;
}

function state(order) {
  if (order.paid) return 'paid';
  return store.payment(order.id)?.state === 'ended'
    ? 'not paid in time'
    : 'waiting for the payment';
}

function page(response, title, text, status = 200) {
  response.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; form-action 'self' https: http:",
  });
  response.end(
    `<!doctype html><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${text}\n`,
  );
}

const payButton = (order) =>
  order.paid
    ? ''
    : `<form method="post" action="/pay?order=${order.id}"><button>Pay ${order.amount} USDT</button></form>`;

const routes = {
  'GET /': (_url, response) =>
    page(
      response,
      'Shop',
      `<p>A thing for ${PRICE} USDT.</p><form method="post" action="/buy"><button>Buy</button></form>`,
    ),

  'POST /buy': async (_url, response) => {
    const order = store.order(store.addOrder(PRICE));
    response.writeHead(303, { Location: await pay(order) }).end();
  },

  'POST /pay': async (url, response) => {
    const order = store.order(url.searchParams.get('order') ?? '');
    if (!order) return page(response, 'No such order', '', 404);
    const location = order.paid ? `${home}/order?order=${order.id}` : await pay(order);
    return response.writeHead(303, { Location: location }).end();
  },

  'GET /order': (url, response) => {
    const order = store.order(url.searchParams.get('order') ?? '');
    if (!order) return page(response, 'No such order', '', 404);
    return page(
      response,
      'Your order',
      `<p>State: <b id="state">${state(order)}</b></p>${payButton(order)}`,
    );
  },

  // Anybody can open it, paid or not: it shows how the order stands, and changes nothing.
  'GET /return': (url, response) => {
    const order = store.order(url.searchParams.get('order') ?? '');
    if (!order) return page(response, 'No such order', '', 404);
    response.setHeader('Refresh', '5');
    return page(
      response,
      'Thank you',
      `<p>State: <b id="state">${state(order)}</b></p><p><a href="/order?order=${order.id}">Your order</a></p>`,
    );
  },
};

const server = createServer(async (request, response) => {
  try {
    const url = new URL(request.url, home);
    if (url.pathname === '/webhook') return await webhook(request, response);
    const route = routes[`${request.method} ${url.pathname}`];
    return route ? await route(url, response) : page(response, 'Not found', '', 404);
  } catch (error) {
    console.error(error);
    const isLater = [ConnectionError, RateLimitError, ServerError].some(
      (kind) => error instanceof kind,
    );
    return page(
      response,
      isLater ? 'Please try again in a minute' : 'Something went wrong',
      '',
      isLater ? 503 : 500,
    );
  }
});

server.listen(port, '127.0.0.1', () => console.log(`The shop is open: ${home}/`));
const timer = setInterval(
  () => reconcile(store).catch((error) => console.error(error)),
  RECONCILE_MS,
);
process.on('SIGTERM', () => {
  clearInterval(timer);
  server.close(() => store.close());
  server.closeAllConnections();
});
