// Tests the connection to the gateway.

const { MODULE } = require('../../../../core/module');
const { testConnection } = require('../../../../core/setup');

async function POST(req, res) {
  res.json(await testConnection(req.scope.resolve(MODULE), req.scope));
}

module.exports = { POST };
