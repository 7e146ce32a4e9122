// Calls Medusa's payment module, for what none of Medusa's own routes asks of it.

const { Modules } = require('@medusajs/framework/utils');

async function POST(req, res) {
  const { call, args } = req.body;
  res.json({ result: await req.scope.resolve(Modules.PAYMENT)[call](...args) });
}

module.exports = { POST };
