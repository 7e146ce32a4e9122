// The payments of the shop's carts, in a table of its own: one row for each attempt to pay a payment session.
//
// Whoever changes a cart for a payment holds the lock of its payment collection.

const { randomBytes, randomInt } = require('node:crypto');
const { setTimeout } = require('node:timers/promises');

const TABLE = 'usdt_checkout_payment';
const LOCKS = 'usdt_checkout_lock';
/** Seconds after which a lock is taken to be that of a process that broke off. Medusa gives a cart two minutes. */
const LOCK_SECONDS = 150;

const STATES = {
  /** The payer may still pay. */
  WAITING: 'waiting',
  /** Its time is over. Money may still come. */
  EXPIRED: 'expired',
  /** Its money is right: the cart is being completed. */
  ACCEPTED: 'accepted',
  /** The order has got it. */
  BOOKED: 'booked',
  /** Money has come, and a person has to look. */
  ATTENTION: 'attention',
  /** A person has looked. */
  SETTLED: 'settled',
  /** Nothing comes any more, or it is another shop's. */
  CLOSED: 'closed',
};
const OPEN = [STATES.WAITING, STATES.ACCEPTED, STATES.EXPIRED];
const TOLD = [STATES.BOOKED, STATES.ATTENTION, STATES.SETTLED];

/** Somebody else is at it: ask again. */
class Busy extends Error {}

class Payments {
  #knex;

  constructor(knex) {
    this.#knex = knex;
  }

  find(id) {
    return this.#first({ id });
  }

  findByPaymentId(paymentId) {
    return this.#first({ payment_id: paymentId });
  }

  findByReference(reference) {
    return this.#first({ reference });
  }

  findByToken(token) {
    return this.#first({ token });
  }

  /** The session's present attempt. */
  current(session) {
    return this.#first({ session });
  }

  /** The latest attempt to pay any session of a payment collection. */
  currentOf(collection) {
    return this.#first({ collection });
  }

  /** Those that wait stand before those whose time is over. */
  due(most) {
    return this.#knex(TABLE)
      .whereIn('state', OPEN)
      .where('check_at', '<=', new Date())
      .orderByRaw('(state = ?), check_at', [STATES.EXPIRED])
      .limit(most);
  }

  list({ state, limit, offset }) {
    const rows = this.#knex(TABLE).orderBy('id', 'desc').limit(limit).offset(offset);
    return state ? rows.where({ state }) : rows;
  }

  /** A new attempt, written down before the gateway hears of it: if its answer is lost, the reconciliation asks. */
  async add({ reference, collection, session, attempt, amount, currency }) {
    const now = new Date();
    const [row] = await this.#knex(TABLE)
      .insert({
        reference,
        token: randomBytes(16).toString('hex'),
        collection,
        session,
        attempt,
        price_amount: amount,
        price_currency: currency,
        state: STATES.WAITING,
        created_at: now,
        check_at: new Date(now.getTime() + 300_000),
      })
      .returning('*');
    return row;
  }

  /** Money for something that this shop does not know, once for each payment. */
  async addUnknown(event, reason) {
    const now = new Date();
    const rows = await this.#knex(TABLE)
      .insert({
        // A reference of its own: the one that came may stand in another row.
        reference: `unknown-${event.paymentId}`,
        payment_id: event.paymentId,
        token: randomBytes(16).toString('hex'),
        attempt: 0,
        price_amount: event.amount,
        price_currency: 'USDT',
        state: STATES.ATTENTION,
        reason: `${event.orderId}: ${reason}`,
        txid: event.txid,
        received_amount: event.receivedAmount,
        created_at: now,
        check_at: now,
      })
      .onConflict()
      .ignore()
      .returning('*');
    return rows[0];
  }

  async change(row, changes) {
    const [changed] = await this.#knex(TABLE).where({ id: row.id }).update(changes).returning('*');
    return changed;
  }

  /** Whether it may be asked for now: of all who come within that many seconds, one. */
  async mayAsk(row, seconds) {
    const now = Date.now();
    const count = await this.#knex(TABLE)
      .where({ id: row.id })
      .where('asked_at', '<=', new Date(now - seconds * 1000))
      .update({ asked_at: new Date(now) });
    return count === 1;
  }

  /** Those that are open are another shop's. */
  async disown() {
    await this.#knex(TABLE).whereIn('state', OPEN).update({ state: STATES.CLOSED });
  }

  /** Does the work while nobody else changes the cart for a payment, after at most so many seconds; else `Busy`. */
  async withLock(collection, wait, work) {
    const holder = randomBytes(16).toString('hex');
    const end = Date.now() + wait * 1000;
    while (!(await this.#lock(collection, holder))) {
      if (Date.now() >= end) throw new Busy(`${collection} is being changed by another request`);
      await setTimeout(randomInt(50, 150));
    }
    try {
      return await work();
    } finally {
      await this.#knex(LOCKS).where({ name: collection, holder }).delete();
    }
  }

  async #lock(name, holder) {
    const { rowCount } = await this.#knex.raw(
      `INSERT INTO ${LOCKS} AS held (name, holder, taken_at) VALUES (?, ?, now())
       ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, taken_at = excluded.taken_at
       WHERE held.taken_at < now() - ? * interval '1 second'`,
      [name, holder, LOCK_SECONDS],
    );
    return rowCount === 1;
  }

  #first(where) {
    return this.#knex(TABLE).where(where).orderBy('id', 'desc').first();
  }
}

const isOpen = (row) => OPEN.includes(row.state);
/** Whether its money is booked, or written down for a person. */
const isTold = (row) => TOLD.includes(row.state);

module.exports = { Busy, Payments, STATES, isOpen, isTold };
