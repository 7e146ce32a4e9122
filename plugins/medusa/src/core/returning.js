// What a payer's return, or the payer's own try to place the order, does for a payment.

const { check } = require('./reconciliation');
const { Busy, STATES, isOpen } = require('./payments');

/** Milliseconds: the payer waits. */
const TIMEOUT = 3_000;
/** Seconds between two questions to the gateway for one payment. */
const PAUSE = 5;

/** The row once the gateway was asked, at most so often; never an error of the gateway. */
async function refresh(checkout, container, row, { wait = 0 } = {}) {
  const isAsked =
    isOpen(row) && !(await checkout.shop.isMoved()) && (await checkout.payments.mayAsk(row, PAUSE));
  if (isAsked) {
    try {
      await check(checkout, container, row, { timeout: TIMEOUT, wait });
    } catch (error) {
      if (!(error instanceof Busy))
        checkout.logger.warn(`usdt-checkout: payment ${row.payment_id} at the payer's return: ${error.message}`);
    }
  }
  return checkout.payments.find(row.id);
}

/** How a payment stands, for the payer. */
function stateOf({ state }) {
  switch (state) {
    case STATES.BOOKED:
      return 'paid';
    case STATES.WAITING:
    case STATES.ACCEPTED:
      return 'waiting';
    case STATES.ATTENTION:
    case STATES.SETTLED:
      return 'attention';
    default:
      return 'expired';
  }
}

module.exports = { refresh, stateOf };
