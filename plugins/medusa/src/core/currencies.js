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

  constructor(settings) {
    this.#settings = settings;
  }

  async isTaken(currency) {
    return isOneToOne(currency) || (await this.#converted()).includes(currency);
  }

  /** The gateway has refused it. */
  async forget(currency) {
    await this.keep((await this.#converted()).filter((one) => one !== currency));
  }

  /** Those that the gateway converts for the project, by its own word. */
  async keep(currencies) {
    await this.#settings.put('price_currencies', currencies);
  }

  async #converted() {
    return (await this.#settings.get('price_currencies')) ?? [];
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
