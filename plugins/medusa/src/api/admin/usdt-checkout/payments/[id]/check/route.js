// Asks the gateway now.

const { forPayment } = require('../../../../../../core/admin');
const { check } = require('../../../../../../core/reconciliation');

const POST = forPayment(async (checkout, container, row) => {
  await check(checkout, container, row);
});

module.exports = { POST };
