// Tells the storefront how a payment stands. Everybody may know it: it names no cart and no order.

const { MODULE } = require('../../../../../core/module');
const { refresh, stateOf } = require('../../../../../core/returning');

async function GET(req, res) {
  const checkout = req.scope.resolve(MODULE);
  const row = await checkout.payments.findByToken(req.params.token);
  res.set('Cache-Control', 'no-store');
  if (!row) {
    res.sendStatus(404);
    return;
  }
  const state = stateOf(await refresh(checkout, req.scope, row));
  const isWaiting = state === 'waiting';
  res.json({ payment: { id: row.payment_id, state, payment_url: isWaiting ? row.payment_url : null } });
}

module.exports = { GET };
