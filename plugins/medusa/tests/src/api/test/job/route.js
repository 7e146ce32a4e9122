// Runs the plugin's scheduled job now, as Medusa runs it.

const { Modules } = require('@medusajs/framework/utils');

async function POST(req, res) {
  await req.scope.resolve(Modules.WORKFLOW_ENGINE).run('job-usdt-checkout-reconcile', {});
  res.json({});
}

module.exports = { POST };
