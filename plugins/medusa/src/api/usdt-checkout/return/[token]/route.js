// Where payers come back to. It leads on to the storefront, and tells it nothing but which attempt it was.

const { MODULE } = require('../../../../core/module');
const { refresh } = require('../../../../core/returning');

async function GET(req, res) {
  const checkout = req.scope.resolve(MODULE);
  const row = await checkout.payments.findByToken(req.params.token);
  res.set('Cache-Control', 'no-store');
  if (!row) {
    res.sendStatus(404);
    return;
  }
  await refresh(checkout, req.scope, row);
  const next = new URL(checkout.options.returnUrl);
  next.searchParams.set('usdt_payment', row.token);
  res.redirect(303, next.href);
}

module.exports = { GET };
