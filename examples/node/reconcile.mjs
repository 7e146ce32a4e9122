// Asks the gateway for the payments of which no webhook has told: the shop was down, or its network.
//
// The shop runs it each minute. `npm run reconcile` runs it once.

import { pathToFileURL } from 'node:url';

import { NotFoundError } from 'usdt-client';

import { book } from './booking.mjs';
import { database, gateway } from './settings.mjs';
import { Store } from './store.mjs';

export async function reconcile(store, now = Date.now()) {
  for (const { reference, payment_id } of store.unsettled(now)) {
    try {
      const payment = await gateway.getPayment(payment_id);
      if (payment.isPaid) book(store, payment);
      // It may still be paid late, so it is asked for again.
      else if (payment.status === 'expired' || payment.status === 'failed') store.end(reference);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      store.note(payment_id, 'the gateway does not know it', { reference });
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const store = new Store(database);
  await reconcile(store);
  store.close();
}
