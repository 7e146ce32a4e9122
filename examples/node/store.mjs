// Orders, their payments, and what a person has to look at, in SQLite.

import { randomBytes, randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS shop (id TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY,
    amount TEXT NOT NULL,
    paid INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE IF NOT EXISTS payments (
    reference TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders,
    attempt INTEGER NOT NULL,
    amount TEXT NOT NULL,
    payment_id TEXT UNIQUE,
    state TEXT NOT NULL DEFAULT 'open',
    expires_at TEXT,
    UNIQUE (order_id, attempt)
  );
  CREATE TABLE IF NOT EXISTS deliveries (order_id TEXT PRIMARY KEY REFERENCES orders);
  CREATE TABLE IF NOT EXISTS attention (
    payment_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    details TEXT NOT NULL,
    UNIQUE (payment_id, reason)
  );
`;

/** For so long after its end a payment can still be paid late. */
const LATE_HOURS = 25;

export class Store {
  #db;

  constructor(file) {
    this.#db = new DatabaseSync(file);
    this.#db.exec(
      'PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON;',
    );
    this.transaction(() => {
      this.#db.exec(SCHEMA);
      // Drawn once, so that a second shop on the same project uses other order IDs.
      const id = randomBytes(4).toString('hex');
      this.#run('INSERT INTO shop SELECT ? WHERE NOT EXISTS (SELECT 1 FROM shop)', id);
    });
  }

  /** All of it or nothing, and nobody else's in between. */
  transaction(work) {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  close() {
    this.#db.close();
  }

  addOrder(amount) {
    const id = randomUUID();
    this.#run('INSERT INTO orders (id, amount) VALUES (?, ?)', id, amount);
    return id;
  }

  order(id) {
    return this.#get('SELECT * FROM orders WHERE id = ?', id);
  }

  /** The order's latest payment. */
  payment(orderId) {
    return this.#get('SELECT * FROM payments WHERE order_id = ? ORDER BY attempt DESC', orderId);
  }

  paymentById(paymentId) {
    return this.#get('SELECT * FROM payments WHERE payment_id = ?', paymentId);
  }

  /** A payment to create: its order ID at the gateway never comes again. */
  addPayment(order) {
    const { id: shop } = this.#get('SELECT id FROM shop');
    const attempt = (this.payment(order.id)?.attempt ?? 0) + 1;
    const reference = `${shop}-${order.id}-${attempt}`;
    const columns =
      'INSERT INTO payments (reference, order_id, attempt, amount) VALUES (?, ?, ?, ?)';
    this.#run(columns, reference, order.id, attempt, order.amount);
    return this.payment(order.id);
  }

  /** Keeps what the gateway has created. Whether it is new or this very payment's. */
  keep(reference, { paymentId, expiresAt }) {
    const update = `UPDATE payments SET payment_id = ?, expires_at = ?
      WHERE reference = ? AND (payment_id IS NULL OR payment_id = ?)`;
    return this.#run(update, paymentId, expiresAt.toISOString(), reference, paymentId) === 1;
  }

  /** Takes the payment for booking. Only one of any number of tries has it. */
  claim(reference) {
    return (
      this.#run(
        "UPDATE payments SET state = 'paid' WHERE reference = ? AND state <> 'paid'",
        reference,
      ) === 1
    );
  }

  /** Whether the order was not paid before. */
  markPaid(orderId) {
    return this.#run('UPDATE orders SET paid = 1 WHERE id = ? AND paid = 0', orderId) === 1;
  }

  deliver(orderId) {
    this.#run('INSERT INTO deliveries VALUES (?)', orderId);
  }

  /** It was not paid in time, or given up. */
  end(reference) {
    this.#run(
      "UPDATE payments SET state = 'ended' WHERE reference = ? AND state = 'open'",
      reference,
    );
  }

  /** Writes down what a person has to look at, once. */
  note(paymentId, reason, details) {
    const insert = 'INSERT OR IGNORE INTO attention VALUES (?, ?, ?)';
    this.#run(insert, paymentId ?? '', reason, JSON.stringify(details));
  }

  /** The payments that may have been paid without the shop's knowing. */
  unsettled(now) {
    const oldest = new Date(now - LATE_HOURS * 3_600_000).toISOString();
    const select = `SELECT * FROM payments
      WHERE payment_id IS NOT NULL AND state <> 'paid' AND expires_at > ? ORDER BY expires_at`;
    return this.#db.prepare(select).all(oldest);
  }

  #get(sql, ...values) {
    return this.#db.prepare(sql).get(...values);
  }

  #run(sql, ...values) {
    return this.#db.prepare(sql).run(...values).changes;
  }
}
