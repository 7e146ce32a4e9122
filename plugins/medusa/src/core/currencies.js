// In which currencies a cart may be.
//
// USDT and USD are USDT one to one. Others are for the gateway to convert, where its operator has allowed them to the
// project: no rate comes from anywhere else.

const { MathBN, defaultCurrencies } = require('@medusajs/framework/utils');

const SAME = ['USDT', 'USD'];
/** Of the gateway's amounts. */
const MOST_DECIMALS = 6;

class Currencies {
  #settings;
  #shop;

  constructor(settings, shop) {
    this.#settings = settings;
    this.#shop = shop;
  }

  async isTaken(currency) {
    return isOneToOne(currency) || (await this.#known())[currency] === true;
  }

  async keep(currency, isAllowed) {
    await this.#settings.put('currencies', { ...(await this.#known()), [currency]: isAllowed });
  }

  /** Asks whether the project may use a currency, by a payment that is given up at once: no call tells it. */
  async ask(client, currency) {
    if (isOneToOne(currency)) return true;
    const orderId = `${await this.#shop.id()}-currency-${currency}-${Date.now()}`;
    try {
      const payment = await client.createPayment({ orderId, ...priceOf('100', currency) });
      await this.keep(currency, true);
      await client.cancelPayment(payment.paymentId, { by: 'medusa', note: 'test of a currency' });
      return true;
    } catch (error) {
      if (error.code !== 'invalid_currency') throw error;
      await this.keep(currency, false);
      return false;
    }
  }

  async #known() {
    return (await this.#settings.get('currencies')) ?? {};
  }
}

function isOneToOne(currency) {
  return SAME.includes(currency);
}

/** What to send for an amount. */
function priceOf(amount, currency) {
  return isOneToOne(currency) ? { amount } : { priceAmount: amount, priceCurrency: currency };
}

/** An amount of Medusa as decimal text, with the decimals of its currency. */
function toText(amount, currency) {
  const decimals = Math.min(defaultCurrencies[currency]?.decimal_digits ?? 2, MOST_DECIMALS);
  return MathBN.convert(amount).toFixed(decimals);
}

module.exports = { Currencies, priceOf, toText };
