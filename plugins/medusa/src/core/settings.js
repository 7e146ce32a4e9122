// What the plugin has to keep between two starts, by name, as JSON.

const TABLE = 'usdt_checkout_setting';

class Settings {
  #knex;

  constructor(knex) {
    this.#knex = knex;
  }

  async get(name) {
    const row = await this.#knex(TABLE).where({ name }).first('value');
    return row?.value;
  }

  async put(name, value) {
    await this.#knex(TABLE)
      .insert({ name, value: JSON.stringify(value) })
      .onConflict('name')
      .merge();
  }

  /** Of several at once, one stores its value, and all get that. */
  async getOrDraw(name, draw) {
    const stored = await this.get(name);
    if (stored !== undefined) return stored;
    await this.#knex(TABLE)
      .insert({ name, value: JSON.stringify(draw()) })
      .onConflict('name')
      .ignore();
    return this.get(name);
  }
}

module.exports = { Settings };
