// A person has looked at it.

const { forPayment } = require('../../../../../../core/admin');
const { STATES } = require('../../../../../../core/payments');

const POST = forPayment(async ({ payments }, _container, row) => {
  if (row.state === STATES.ATTENTION) await payments.change(row, { state: STATES.SETTLED });
});

module.exports = { POST };
