// The parts that the module, the payment provider and the routes share, on one database and one set of options.

const { ContainerRegistrationKeys } = require('@medusajs/framework/utils');

const { Currencies } = require('./currencies');
const { openClient, readOptions } = require('./options');
const { Payments } = require('./payments');
const { Settings } = require('./settings');
const { Shop } = require('./shop');

class Checkout {
  constructor(container, options) {
    const knex = container[ContainerRegistrationKeys.PG_CONNECTION];
    this.logger = container[ContainerRegistrationKeys.LOGGER];
    this.options = readOptions(options);
    this.settings = new Settings(knex);
    this.payments = new Payments(knex);
    this.shop = new Shop(this.settings, this.payments, this.options.backendUrl);
    this.currencies = new Currencies(this.settings);
  }

  client(timeout) {
    return openClient(this.options, timeout);
  }

  get webhookUrl() {
    return `${this.options.backendUrl}/usdt-checkout/webhook`;
  }

  /** The gateway shows it to everybody: it names the attempt, and nothing of the cart. */
  returnUrl(row) {
    return `${this.options.backendUrl}/usdt-checkout/return/${row.token}`;
  }
}

module.exports = { Checkout };
