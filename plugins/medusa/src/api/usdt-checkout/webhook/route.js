// Takes the gateway's webhooks: it answers once the order is stored.

const { Webhook, webhookHandler } = require('usdt-client');

const { MODULE } = require('../../../core/module');
const { receive } = require('../../../core/webhook');

async function POST(req, res) {
  const checkout = req.scope.resolve(MODULE);
  const webhook = new Webhook(checkout.options.apiSecret);
  await webhookHandler(webhook, (event) => receive(checkout, req.scope, event))(req, res);
}

module.exports = { POST };
