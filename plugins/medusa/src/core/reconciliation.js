// Asks the gateway for each payment that is open, since a webhook can fail to come.

const { NotFoundError, UsdtError } = require('usdt-client');

const { bookPaid, end } = require('./booking');
const { recover } = require('./paying');
const { Busy, STATES, isOpen } = require('./payments');

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const PERIOD = 5 * MINUTE;
/** After a payment's end, by which the gateway knows of it. */
const MARGIN = 2 * MINUTE;
/** Of one run. */
const MOST_PAYMENTS = 200;
/** For so long after its end a payment can be paid late, where the gateway has not said it. */
const QUARANTINE = 24 * HOUR;

async function reconcile(checkout, container) {
  if (await checkout.shop.isMoved()) return;
  for (const row of await checkout.payments.due(MOST_PAYMENTS)) {
    try {
      await check(checkout, container, row);
    } catch (error) {
      if (error instanceof Busy) continue;
      checkout.logger.warn(`usdt-checkout: attempt ${row.reference}: ${error.message}`);
      // The gateway does not answer, or not us, or wants to be left alone: the next run goes on.
      if (error instanceof UsdtError && !(error instanceof NotFoundError)) return;
      if (!(error instanceof UsdtError)) await checkout.payments.change(row, { check_at: after(PERIOD) });
    }
  }
}

/** Asks how one payment stands, and does what that means for its cart. */
async function check(checkout, container, found, { timeout, wait } = {}) {
  const { payments } = checkout;
  if (!isOpen(found)) return;
  const row = found.payment_id ? found : await recover(checkout, found);
  if (!row) {
    // The gateway never heard of it. An hour later nobody repeats it.
    const isOver = found.created_at.getTime() + HOUR < Date.now();
    await payments.change(found, isOver ? { state: STATES.CLOSED } : { check_at: after(PERIOD) });
    return;
  }
  let payment;
  try {
    payment = await checkout.client(timeout).getPayment(row.payment_id);
  } catch (error) {
    if (error instanceof NotFoundError) {
      // Another project, or another gateway: what was created there is not seen from here.
      await payments.change(row, { check_at: after(HOUR) });
      await closeWhenOver(checkout, row);
    }
    throw error;
  }
  if (payment.isPaid) {
    await bookPaid(checkout, container, row, payment, wait);
    return;
  }
  if (payment.status === 'expired' || payment.status === 'failed') await end(checkout, row, payment.status);
  await payments.change(row, { check_at: nextCheck(row, payment) });
  await closeWhenOver(checkout, row);
}

function nextCheck(row, payment) {
  if (payment.status !== 'pending') return after(HOUR);
  // While a transfer is on its way, or the gateway is late, its end is not the window's.
  const ended = row.expires_at.getTime() + MARGIN;
  return new Date(Math.max(Date.now() + PERIOD, Math.min(ended, Date.now() + HOUR)));
}

async function closeWhenOver({ payments, settings }, { id }) {
  const row = await payments.find(id);
  const { quarantineSeconds } = (await settings.get('project')) ?? {};
  const quarantine = quarantineSeconds === undefined ? QUARANTINE : quarantineSeconds * 1000;
  const over = (row.expires_at ?? row.created_at).getTime() + quarantine + 2 * HOUR;
  if (row.state === STATES.EXPIRED && over < Date.now()) await payments.change(row, { state: STATES.CLOSED });
}

function after(milliseconds) {
  return new Date(Date.now() + milliseconds);
}

module.exports = { check, reconcile };
