// Completes carts by what has become of their payments: each payment once, and never backwards.
//
// Whatever cannot be booked is written down for a person.

const { MathBN, Modules } = require('@medusajs/framework/utils');
const { compareAmounts } = require('usdt-client');

const { complete, readCart } = require('./carts');
const { STATES, isTold } = require('./payments');

const ATTENTION_EVENT = 'usdt-checkout.attention';

/**
 * Books a payment that the gateway says is paid. It may be called for the same one any number of times, and at once.
 * `wait` is for how many seconds it waits for another one; then it throws `Busy`.
 */
async function bookPaid(checkout, container, found, paid, wait = 0) {
  if (isTold(found)) return;
  await checkout.payments.withLock(found.collection, wait, async () => {
    const row = await checkout.payments.find(found.id);
    if (isTold(row)) return;
    const cart = await readCart(container, row);
    const why =
      (await problem(checkout, row, cart, paid)) ??
      (row.state === STATES.ACCEPTED ? undefined : doubt(checkout, row, cart, paid));
    if (why) await alarm(checkout, container, row, paid, why);
    else await book(checkout, container, row, cart, paid);
  });
}

/** A person wants the order, whatever was in doubt. Returns why it cannot be. */
async function acceptPaid(checkout, container, found, paid) {
  return checkout.payments.withLock(found.collection, 0, async () => {
    const row = await checkout.payments.find(found.id);
    if (![STATES.ATTENTION, STATES.SETTLED].includes(row.state)) return `the payment is ${row.state}`;
    const cart = await readCart(container, row);
    const why = await problem(checkout, row, cart, paid);
    return why ?? (await book(checkout, container, row, cart, paid));
  });
}

/** The payment's time is over, or it was given up. */
async function end(checkout, found, status) {
  await checkout.payments.withLock(found.collection, 0, async () => {
    const row = await checkout.payments.find(found.id);
    if (row.state !== STATES.WAITING) return;
    await checkout.payments.change(row, { state: status === 'failed' ? STATES.CLOSED : STATES.EXPIRED });
  });
}

/** Writes down money for something that this shop does not know. */
async function bookUnknown(checkout, container, event) {
  const row = await checkout.payments.addUnknown(event, 'this shop knows no such payment');
  if (row) await tell(checkout, container, row);
}

/** Why this money must not pay the cart. */
async function problem({ payments, shop }, row, cart, paid) {
  const differences = paid
    .differences({ orderId: row.reference, amount: row.amount, paymentId: row.payment_id })
    .filter((name) => name !== 'received_amount');
  if (differences.length > 0) return `it differs from what the shop has asked for: ${differences.join(', ')}`;
  if (!(await shop.owns(row.reference))) return 'it belongs to the shop of which this is a copy';
  if (!cart.id) return 'it belongs to no cart';
  if (cart.orderId) {
    // A process broke off after it had placed the order.
    return cart.isPaidBy(row.payment_id) ? undefined : `order ${cart.orderId} was paid otherwise`;
  }
  if (!cart.session || (await payments.current(row.session)).id !== row.id)
    return 'it belongs to an earlier attempt to pay the cart';
  return undefined;
}

/** Why a person has to decide before there is an order. */
function doubt({ options }, row, cart, paid) {
  if (cart.orderId) return undefined;
  const received = paid.receivedAmount;
  if (received !== null && isShort(received, row.amount, options.tolerance))
    return `${received} USDT were accepted, and ${row.amount} were due`;
  for (const { amount, currency } of [cart.asked, cart.total]) {
    if (currency !== row.price_currency || compareAmounts(amount, row.price_amount) !== 0)
      return `${row.price_amount} ${row.price_currency} were paid for, and the cart costs ${amount} ${currency} by now`;
  }
  const isLate = paid.late || row.state === STATES.EXPIRED;
  return isLate && options.latePolicy === 'hold' ? 'it came after its time' : undefined;
}

/** Places the order and returns nothing, or writes down why it cannot be placed and returns that. */
async function book(checkout, container, row, cart, paid) {
  const facts = { txid: paid.txid, received_amount: paid.receivedAmount };
  let { orderId } = cart;
  if (!orderId) {
    const accepted = await checkout.payments.change(row, { state: STATES.ACCEPTED, reason: null, ...facts });
    const why = await complete(container, cart.id);
    if (why) {
      await alarm(checkout, container, accepted, paid, `there is no order: ${why}`);
      return why;
    }
    const placed = await readCart(container, row);
    if (!placed.orderId || !placed.isPaidBy(row.payment_id))
      throw new Error(`cart ${cart.id} was completed without its payment ${row.payment_id}`);
    orderId = placed.orderId;
  }
  await checkout.payments.change(row, { state: STATES.BOOKED, order_id: orderId, reason: null, ...facts });
  checkout.logger.info(`usdt-checkout: payment ${row.payment_id} has paid order ${orderId}`);
  return undefined;
}

async function alarm(checkout, container, row, paid, reason) {
  const told = await checkout.payments.change(row, {
    state: STATES.ATTENTION,
    reason,
    txid: paid.txid,
    received_amount: paid.receivedAmount,
  });
  await tell(checkout, container, told);
}

/** In the log, in the administration's notifications, and to the shop's own subscribers. */
async function tell({ logger }, container, row) {
  const text = `Payment ${row.payment_id} has brought money, but ${row.reason}. Transaction: ${row.txid}`;
  logger.warn(`usdt-checkout: ${text}`);
  try {
    await container.resolve(Modules.EVENT_BUS).emit({ name: ATTENTION_EVENT, data: { id: row.id } });
    await container.resolve(Modules.NOTIFICATION).createNotifications({
      to: '',
      channel: 'feed',
      template: 'admin-ui',
      data: { title: 'A USDT payment needs your attention', description: text },
    });
  } catch (error) {
    // It is written down. A shop may have no feed.
    logger.warn(`usdt-checkout: nobody was told: ${error.message}`);
  }
}

function isShort(received, due, tolerance) {
  return MathBN.lt(MathBN.add(received, tolerance), due);
}

module.exports = { acceptPaid, bookPaid, bookUnknown, end };
