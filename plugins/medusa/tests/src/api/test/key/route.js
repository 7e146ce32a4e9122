// Gives the tests a key for the administration.

const { Modules } = require('@medusajs/framework/utils');

async function POST(req, res) {
  const keys = req.scope.resolve(Modules.API_KEY);
  const { token } = await keys.createApiKeys({ title: 'tests', type: 'secret', created_by: 'tests' });
  res.json({ token });
}

module.exports = { POST };
