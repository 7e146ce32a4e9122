// A person wants the order, whatever was in doubt.

const { forPayment } = require('../../../../../../core/admin');
const { acceptPaid } = require('../../../../../../core/booking');

const POST = forPayment(async (checkout, container, row) => {
  if (row.collection === null) return 'it belongs to no cart';
  const payment = await checkout.client().getPayment(row.payment_id);
  return payment.isPaid ? acceptPaid(checkout, container, row, payment) : `the payment is ${payment.status}`;
});

module.exports = { POST };
