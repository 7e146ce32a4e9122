// Asks for open payments, every five minutes.

const { MODULE } = require('../core/module');
const { reconcile } = require('../core/reconciliation');

module.exports = {
  default: (container) => reconcile(container.resolve(MODULE), container),
  config: { name: 'usdt-checkout-reconcile', schedule: '*/5 * * * *' },
};
