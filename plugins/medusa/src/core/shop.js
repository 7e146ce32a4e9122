// The shop's own name in order IDs.
//
// A copy of the shop has the name of the original, and must not take payments under it: so the name belongs to the
// address of the backend.

const { randomInt } = require('node:crypto');

const { MedusaError } = require('@medusajs/framework/utils');

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';
const LENGTH = 8;

class Shop {
  #settings;
  #payments;
  #home;

  constructor(settings, payments, backendUrl) {
    this.#settings = settings;
    this.#payments = payments;
    this.#home = homeOf(backendUrl);
  }

  async id() {
    return (await this.#stored()).id;
  }

  /** Whether this is another address than the one for which the name was drawn. */
  async isMoved() {
    return (await this.#stored()).home !== this.#home;
  }

  async requireHome() {
    const { home } = await this.#stored();
    if (home === this.#home) return;
    throw new MedusaError(
      MedusaError.Types.NOT_ALLOWED,
      `payments in USDT are stopped: they were set up at ${home}, and this is ${this.#home}. ` +
        'Say by POST /admin/usdt-checkout/shop whether this is a copy.',
    );
  }

  async owns(reference) {
    return reference.startsWith(`${await this.id()}-`);
  }

  /** The same shop has a new address. */
  async keep() {
    await this.#settings.put('shop', { id: await this.id(), home: this.#home });
  }

  /** This is another shop, or a copy: the payments that came with it belong to the original. */
  async drawNew() {
    await this.#settings.put('shop', { id: draw(), home: this.#home });
    await this.#payments.disown();
  }

  #stored() {
    return this.#settings.getOrDraw('shop', () => ({ id: draw(), home: this.#home }));
  }
}

function draw() {
  return Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}

/** Without scheme and `www.`, which change while the shop stays. */
function homeOf(url) {
  const { host, pathname } = new URL(url);
  return `${host.replace(/^www\./, '')}${pathname.replace(/\/+$/, '')}`;
}

module.exports = { Shop };
