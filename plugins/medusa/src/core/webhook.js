// Takes an event of the gateway, whose signature is right.

const { bookPaid, bookUnknown } = require('./booking');
const { recover } = require('./paying');
const { Busy, isOpen } = require('./payments');
const { check } = require('./reconciliation');

/** Seconds to wait for another request that is completing the cart. */
const WAIT = 8;

/** The status to answer. With one of the kind 5xx the gateway tries again. */
async function receive(checkout, container, event) {
  // Whether it is this shop's is for the merchant to say first.
  if (await checkout.shop.isMoved()) return 503;
  try {
    await take(checkout, container, event);
    return 200;
  } catch (error) {
    checkout.logger.warn(`usdt-checkout: webhook for payment ${event.paymentId}: ${error.message}`);
    return error instanceof Busy ? 503 : 500;
  }
}

async function take(checkout, container, event) {
  if (event.isPaid) {
    const row = await find(checkout, event);
    if (row) await bookPaid(checkout, container, row, event, WAIT);
    else await bookUnknown(checkout, container, event);
  } else if (event.type === 'payment.expired' && event.paymentId !== null) {
    const row = await checkout.payments.findByPaymentId(event.paymentId);
    // The gateway's word now, and not the event's, which may be old.
    if (row) await check(checkout, container, row, { wait: WAIT });
  }
}

async function find(checkout, { paymentId, orderId }) {
  const known = await checkout.payments.findByPaymentId(paymentId);
  if (known) return known;
  // The answer to its creation was lost, or is just being stored.
  const row = await checkout.payments.findByReference(orderId);
  if (!row || row.payment_id !== null || !isOpen(row)) return undefined;
  await recover(checkout, row);
  return checkout.payments.findByPaymentId(paymentId);
}

module.exports = { receive };
