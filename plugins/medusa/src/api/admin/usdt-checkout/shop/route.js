// Whether this is the shop for which payments were set up, and the merchant's word on it.

const { MedusaError } = require('@medusajs/framework/utils');

const { MODULE } = require('../../../../core/module');

async function GET(req, res) {
  const { shop } = req.scope.resolve(MODULE);
  res.json({ shop: { id: await shop.id(), is_moved: await shop.isMoved() } });
}

async function POST(req, res) {
  const { shop } = req.scope.resolve(MODULE);
  const { is } = req.body ?? {};
  if (is !== 'copy' && is !== 'moved')
    throw new MedusaError(MedusaError.Types.INVALID_DATA, '`is` must be `copy` or `moved`');
  // Its own open payments would be taken from the shop itself.
  if (!(await shop.isMoved()))
    throw new MedusaError(MedusaError.Types.NOT_ALLOWED, 'payments were set up at this very address');
  await (is === 'copy' ? shop.drawNew() : shop.keep());
  await GET(req, res);
}

module.exports = { GET, POST };
