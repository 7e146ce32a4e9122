// Sets the webhook's address at the gateway, and tests it.

const { MODULE } = require('../../../../core/module');
const { testWebhook } = require('../../../../core/setup');

async function POST(req, res) {
  res.json(await testWebhook(req.scope.resolve(MODULE)));
}

module.exports = { POST };
