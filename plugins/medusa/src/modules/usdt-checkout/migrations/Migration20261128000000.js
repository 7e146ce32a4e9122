// The first tables.

const { Migration } = require('@medusajs/framework/mikro-orm/migrations');

class Migration20261128000000 extends Migration {
  up() {
    this.addSql(`CREATE TABLE IF NOT EXISTS usdt_checkout_payment (
      id bigserial PRIMARY KEY,
      reference text NOT NULL UNIQUE,
      payment_id text UNIQUE,
      token text NOT NULL UNIQUE,
      collection text,
      session text,
      attempt integer NOT NULL,
      price_amount text NOT NULL,
      price_currency text NOT NULL,
      amount text,
      payment_url text,
      state text NOT NULL,
      reason text,
      txid text,
      received_amount text,
      order_id text,
      created_at timestamptz NOT NULL,
      expires_at timestamptz,
      check_at timestamptz NOT NULL,
      asked_at timestamptz NOT NULL DEFAULT 'epoch'
    )`);
    this.addSql('CREATE INDEX IF NOT EXISTS usdt_checkout_payment_session ON usdt_checkout_payment (session)');
    this.addSql('CREATE INDEX IF NOT EXISTS usdt_checkout_payment_collection ON usdt_checkout_payment (collection)');
    this.addSql('CREATE INDEX IF NOT EXISTS usdt_checkout_payment_due ON usdt_checkout_payment (state, check_at)');
    this.addSql(`CREATE TABLE IF NOT EXISTS usdt_checkout_lock (
      name text PRIMARY KEY,
      holder text NOT NULL,
      taken_at timestamptz NOT NULL
    )`);
    this.addSql('CREATE TABLE IF NOT EXISTS usdt_checkout_setting (name text PRIMARY KEY, value jsonb NOT NULL)');
  }

  down() {
    for (const name of ['payment', 'lock', 'setting']) this.addSql(`DROP TABLE IF EXISTS usdt_checkout_${name}`);
  }
}

module.exports = { Migration20261128000000 };
