// What the administration's routes for one payment have in common.

const { MedusaError } = require('@medusajs/framework/utils');

const { MODULE } = require('./module');
const { Busy } = require('./payments');

/** A route that does the work with the payment in its path, and answers with the payment as it then stands. */
function forPayment(work) {
  return async (req, res) => {
    const checkout = req.scope.resolve(MODULE);
    const row = /^[0-9]{1,18}$/.test(req.params.id) ? await checkout.payments.find(req.params.id) : undefined;
    if (!row) throw new MedusaError(MedusaError.Types.NOT_FOUND, 'there is no such payment');
    try {
      const why = await work(checkout, req.scope, row);
      if (why) throw new MedusaError(MedusaError.Types.NOT_ALLOWED, why);
    } catch (error) {
      if (error instanceof Busy) throw new MedusaError(MedusaError.Types.CONFLICT, error.message);
      throw error;
    }
    res.json({ payment: await checkout.payments.find(row.id) });
  };
}

module.exports = { forPayment };
