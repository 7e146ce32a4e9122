// What Medusa asks of a payment provider. It gives payments to sessions, and lets none be authorized whose money has
// not been found right by the booking: neither a client nor a return counts.

const {
  AbstractPaymentProvider,
  ContainerRegistrationKeys,
  MedusaError,
  PaymentActions,
  PaymentSessionStatus,
} = require('@medusajs/framework/utils');

const { Checkout } = require('../../core/checkout');
const { toText } = require('../../core/currencies');
const { readOptions } = require('../../core/options');
const { pay } = require('../../core/paying');
const { STATES } = require('../../core/payments');
const { IDENTIFIER } = require('../../core/provider-id');

const PAID = [STATES.ACCEPTED, STATES.BOOKED];

class UsdtCheckoutProvider extends AbstractPaymentProvider {
  static identifier = IDENTIFIER;
  #checkout;
  #knex;

  static validateOptions(options) {
    readOptions(options);
  }

  constructor(container, options) {
    super(container, options);
    this.#checkout = new Checkout(container, options);
    this.#knex = container[ContainerRegistrationKeys.PG_CONNECTION];
  }

  async initiatePayment({ amount, currency_code, data }) {
    return { status: PaymentSessionStatus.PENDING, ...(await this.#pay(data, amount, currency_code)) };
  }

  /** Another amount is another attempt, with a payment of its own. */
  async updatePayment({ amount, currency_code, data }) {
    return this.#pay(data, amount, currency_code);
  }

  async authorizePayment({ data }) {
    const row = await this.#row(data);
    return { data: row ? dataOf(row) : data, status: statusOf(row) };
  }

  async capturePayment({ data }) {
    const row = await this.#row(data);
    if (!isPaid(row)) throw notAllowed('the payment is not paid');
    return { data: dataOf(row) };
  }

  async getPaymentStatus({ data }) {
    const row = await this.#row(data);
    return { data: row ? dataOf(row) : data, status: statusOf(row) };
  }

  async retrievePayment({ data }) {
    const row = await this.#row(data);
    return { data: row ? dataOf(row) : data };
  }

  /** Nothing is lost with the session: money that still comes is written down for a person. */
  async deletePayment({ data }) {
    if ((await this.#row(data))?.state === STATES.ACCEPTED) throw notAllowed('the payment is paid');
    return { data };
  }

  async cancelPayment({ data }) {
    if (isPaid(await this.#row(data))) throw notAllowed('the payment is paid, and a transfer cannot be taken back');
    return { data };
  }

  async refundPayment() {
    throw notAllowed(
      'a transfer cannot be taken back: ask the payer for an address, since the one that sent may be an exchange',
    );
  }

  /** Medusa answers 200 on this way before anybody has looked, and would lose events: the plugin has its own route. */
  async getWebhookActionAndData() {
    return { action: PaymentActions.NOT_SUPPORTED };
  }

  async #pay(data, amount, currencyCode) {
    const session = data?.session_id;
    const stored = await this.#knex('payment_session').where({ id: session }).first('payment_collection_id');
    if (!stored) throw notAllowed('there is no such payment session');
    const currency = currencyCode.toUpperCase();
    const row = await pay(this.#checkout, {
      session,
      collection: stored.payment_collection_id,
      amount: toText(amount, currency),
      currency,
    });
    return { id: row.payment_id, data: dataOf(row) };
  }

  async #row(data) {
    return data?.session_id === undefined ? undefined : this.#checkout.payments.current(data.session_id);
  }
}

function isPaid(row) {
  return row !== undefined && PAID.includes(row.state);
}

function statusOf(row) {
  return isPaid(row) ? PaymentSessionStatus.CAPTURED : PaymentSessionStatus.REQUIRES_MORE;
}

/** What the storefront and the administration see of a payment. */
function dataOf(row) {
  return {
    session_id: row.session,
    payment_id: row.payment_id,
    payment_url: row.payment_url,
    reference: row.reference,
    token: row.token,
    amount: row.amount,
    expires_at: row.expires_at,
    txid: row.txid,
  };
}

function notAllowed(why) {
  return new MedusaError(MedusaError.Types.NOT_ALLOWED, `USDT: ${why}`);
}

module.exports = { UsdtCheckoutProvider };
