// Gets the payment of a payment session.

const { MedusaError } = require('@medusajs/framework/utils');
const { NotFoundError, OrderConflictError, compareAmounts } = require('usdt-client');

const { priceOf } = require('./currencies');
const { STATES } = require('./payments');

/** So many further attempts where the gateway has something else under the session's ID. */
const MOST_TRIES = 3;
/** Seconds to wait for another request of the same cart. */
const LOCK_WAIT = 20;

/** The payment of the session's present attempt. The same price again has the same payment. */
async function pay(checkout, asked) {
  const { payments, shop, currencies } = checkout;
  await shop.requireHome();
  if (!(await currencies.isTaken(asked.currency))) {
    throw refusal(`${asked.currency} cannot be paid in USDT here`);
  }
  return payments.withLock(asked.collection, LOCK_WAIT, async () => {
    let row = await payments.current(asked.session);
    for (let tried = 0; tried < MOST_TRIES; tried++) {
      if (!row || !(await fits(checkout, row, asked))) {
        const attempt = (row?.attempt ?? 0) + 1;
        const reference = `${await shop.id()}-${asked.session}-${attempt}`;
        row = await payments.add({ ...asked, reference, attempt });
      }
      if (row.payment_url) return row;
      const created = await create(checkout, row);
      if (created) return created;
      // The gateway has something else under this name: whatever it is, it is not this cart's.
      row = await payments.change(row, { state: STATES.CLOSED, reason: 'the order ID was used before' });
    }
    throw refusal('the gateway has other payments under the IDs of this cart');
  });
}

/** What the gateway has for an attempt whose answer was lost; nothing where it has nothing. */
async function recover(checkout, row) {
  try {
    return await keep(checkout, row, await checkout.client().getPaymentByOrder(row.reference));
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

async function fits({ shop }, row, { amount, currency }) {
  return (
    row.state === STATES.WAITING &&
    row.price_currency === currency &&
    compareAmounts(row.price_amount, amount) === 0 &&
    (await shop.owns(row.reference)) &&
    (row.expires_at === null || row.expires_at > new Date())
  );
}

/** The row with its payment, or nothing where the answer is not about it. */
async function create(checkout, row) {
  const back = checkout.returnUrl(row);
  let payment;
  try {
    payment = await checkout.client().createPayment({
      orderId: row.reference,
      ...priceOf(row.price_amount, row.price_currency),
      successUrl: back,
      failUrl: back,
    });
  } catch (error) {
    if (error instanceof OrderConflictError) return undefined;
    if (error.code === 'invalid_currency') await checkout.currencies.forget(row.price_currency);
    checkout.logger.warn(`usdt-checkout: attempt ${row.reference}: ${error.message}`);
    throw refusal('the payment could not be created: try again');
  }
  const known = await checkout.payments.findByPaymentId(payment.paymentId);
  if (known || payment.status !== 'pending') return undefined;
  return keep(checkout, row, payment);
}

function keep({ payments }, row, payment) {
  return payments.change(row, {
    payment_id: payment.paymentId,
    amount: payment.amount,
    payment_url: payment.paymentUrl,
    // By the shop's own clock.
    expires_at: new Date(Date.now() + payment.expiresIn * 1000),
  });
}

function refusal(why) {
  return new MedusaError(MedusaError.Types.NOT_ALLOWED, why);
}

module.exports = { pay, recover };
