// What the plugin asks of Medusa's carts, and how a cart becomes an order.

const { ContainerRegistrationKeys, MedusaError, Modules } = require('@medusajs/framework/utils');
const { completeCartWorkflowId } = require('@medusajs/medusa/core-flows');

const { toText } = require('./currencies');
const { Busy } = require('./payments');

const PERMANENT = [
  MedusaError.Types.INVALID_DATA,
  MedusaError.Types.INVALID_ARGUMENT,
  MedusaError.Types.NOT_ALLOWED,
  MedusaError.Types.NOT_FOUND,
  MedusaError.Types.PAYMENT_AUTHORIZATION_ERROR,
];

/** The cart of a payment, its session, its order and what has paid that, as they stand. */
async function readCart(container, row) {
  const session = await first(container, 'payment_session', ['id', 'amount', 'raw_amount', 'currency_code'], {
    id: row.session,
  });
  const collection = { payment_collection_id: row.collection };
  const link = await first(container, 'cart_payment_collection', ['cart_id'], collection);
  const cart =
    link && (await first(container, 'cart', ['id', 'total', 'raw_total', 'currency_code'], { id: link.cart_id }));
  const order = cart && (await first(container, 'order_cart', ['order_id'], { cart_id: cart.id }));
  const payments = await all(container, 'payment', ['id', 'data', 'captured_at'], collection);
  return {
    id: cart?.id,
    session,
    total: cart && priceOf(cart.raw_total ?? cart.total, cart.currency_code),
    asked: session && priceOf(session.raw_amount ?? session.amount, session.currency_code),
    orderId: order?.order_id,
    isPaidBy: (paymentId) =>
      payments.some(({ data, captured_at }) => captured_at && data?.payment_id === paymentId),
  };
}

/** The payment collection of a cart. */
async function collectionOf(container, cartId) {
  const link = await first(container, 'cart_payment_collection', ['payment_collection_id'], { cart_id: cartId });
  return link?.payment_collection_id;
}

/** Places the order, as the cart's own route does. Returns why it cannot be, or throws where a repeat helps. */
async function complete(container, cartId) {
  const engine = container.resolve(Modules.WORKFLOW_ENGINE);
  const { errors, transaction } = await engine.run(completeCartWorkflowId, {
    input: { id: cartId },
    throwOnError: false,
  });
  if (!transaction.hasFinished()) throw new Busy(`${cartId} is being completed by another request`);
  const error = errors?.[0]?.error;
  if (!error) return undefined;
  if (PERMANENT.includes(error.type)) return error.message;
  throw new Error(`${cartId} could not be completed: ${error.message}`);
}

/** The currencies in which the shop sells. */
async function currenciesOfRegions(container) {
  const regions = await all(container, 'region', ['currency_code'], {});
  return [...new Set(regions.map(({ currency_code }) => currency_code.toUpperCase()))];
}

async function currencyOfRegion(container, id) {
  const region = await first(container, 'region', ['currency_code'], { id });
  return region?.currency_code.toUpperCase();
}

function priceOf(amount, currencyCode) {
  const currency = currencyCode.toUpperCase();
  return { amount: toText(amount, currency), currency };
}

async function all(container, entity, fields, filters) {
  const query = container.resolve(ContainerRegistrationKeys.QUERY);
  return (await query.graph({ entity, fields, filters })).data;
}

async function first(container, entity, fields, filters) {
  return (await all(container, entity, fields, filters))[0];
}

module.exports = { collectionOf, complete, currenciesOfRegions, currencyOfRegion, readCart };
