// What a shop may write, and what the compiler keeps it from.

import { loadUsdtCheckout, type Detail, type Status } from 'usdt-checkout';

const checkout = await loadUsdtCheckout('https://pay.example', { version: '0.1.0', integrity: '' });
// @ts-expect-error: it is null on a server.
checkout.version;

const element = checkout!.mount('#place', {
  paymentId: 6070472267431395,
  lang: 'de',
  onPaid: (event) => event.preventDefault(),
  onError: ({ detail }) => detail.code satisfies string,
});
// @ts-expect-error: there is no such mode.
checkout!.open({ paymentId: '6070472267431395', mode: 'popup' });
// @ts-expect-error: a payment has an ID.
checkout!.open({});

const status: Status | undefined = element.status;
const finished: Detail = await element.finished;
// @ts-expect-error: only the checkout knows.
element.status = status;
// @ts-expect-error: it may have been closed before anything was known.
const known: Status = finished.status;

element.addEventListener(
  'usdt-checkout:paid',
  ({ detail }) => detail.txid satisfies string | undefined,
);
document.addEventListener('usdt-checkout:status', ({ detail }) => detail.status satisfies Status);
window.addEventListener('usdt-checkout:error', ({ detail }) => detail.code satisfies string);
document.querySelector('usdt-checkout')?.open();
window.UsdtCheckout?.open({ paymentId: known });
