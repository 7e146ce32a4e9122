// What the plugin does on the way to routes: its own, and three of Medusa's.

const { defineMiddlewares } = require('@medusajs/framework/http');
const { MedusaError } = require('@medusajs/framework/utils');

const { collectionOf, currencyOfRegion } = require('../core/carts');
const { MODULE } = require('../core/module');
const { Busy } = require('../core/payments');
const { isOurs } = require('../core/provider-id');
const { refresh } = require('../core/returning');

/** Seconds to wait for another request that is completing the cart. */
const WAIT = 8;

/** Payers see the method only where their currency can be paid. */
async function hideWhereNotTaken(req, res, next) {
  const { region_id: region } = req.query;
  const currency = typeof region === 'string' ? await currencyOfRegion(req.scope, region) : undefined;
  const checkout = req.scope.resolve(MODULE);
  if (!currency || ((await checkout.currencies.isTaken(currency)) && !(await checkout.shop.isMoved()))) {
    next();
    return;
  }
  const send = res.json.bind(res);
  res.json = (body) => {
    if (!Array.isArray(body.payment_providers)) return send(body);
    const shown = body.payment_providers.filter(({ id }) => !isOurs(id));
    const hidden = body.payment_providers.length - shown.length;
    return send({ ...body, payment_providers: shown, count: body.count - hidden });
  };
  next();
}

/**
 * A payer who comes back places the order: what the gateway knows by now is booked before. Medusa makes an order of
 * each try, and takes it back where the payment is not authorized: the booking must not meet such an order.
 */
async function bookBefore(req, res, next) {
  const checkout = req.scope.resolve(MODULE);
  const collection = await collectionOf(req.scope, req.params.id);
  const row = collection && (await checkout.payments.currentOf(collection));
  if (!row) {
    next();
    return;
  }
  await refresh(checkout, req.scope, row, { wait: WAIT });
  try {
    await checkout.payments.withLock(collection, WAIT, () => answered(res, next));
  } catch (error) {
    if (!(error instanceof Busy)) throw error;
    throw new MedusaError(MedusaError.Types.CONFLICT, 'the order is being placed by another request: try again');
  }
}

/** Lets the route work, until it has an answer. */
function answered(res, next) {
  return new Promise((resolve) => {
    const send = res.json.bind(res);
    res.json = (body) => {
      resolve();
      return send(body);
    };
    next();
  });
}

module.exports = {
  default: defineMiddlewares({
    routes: [
      // The signature is of the bytes: the route reads them itself.
      { matcher: '/usdt-checkout/webhook', methods: ['POST'], bodyParser: false },
      { matcher: '/store/payment-providers', methods: ['GET'], middlewares: [hideWhereNotTaken] },
      { matcher: '/store/carts/:id/complete', methods: ['POST'], middlewares: [bookBefore] },
    ],
  }),
};
