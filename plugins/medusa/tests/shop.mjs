// A Medusa shop of its own, with the gateway that it takes payments by, and those who buy in it.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { TestGateway, until } from '../../testkit/gateway.mjs';
import { Database } from './postgres.mjs';

export { until };

const HERE = fileURLToPath(new URL('.', import.meta.url));
const MEDUSA = join(HERE, 'node_modules/@medusajs/cli/cli.js');

export const PROVIDER = 'pp_usdt-checkout_usdt';
export const OTHER_PROVIDER = 'pp_system_default';

/** A server of the shop. */
class Server {
  output = '';

  static async start(env) {
    const server = new Server();
    const port = await freePort();
    server.url = `http://127.0.0.1:${port}`;
    const command = [MEDUSA, 'start', '--host', '127.0.0.1', '--port', port];
    server.child = spawn(process.execPath, command, {
      cwd: HERE,
      env: { BACKEND_URL: server.url, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [server.child.stdout, server.child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (server.output += text));
    server.ended = once(server.child, 'exit');
    const isUp = () => fetch(`${server.url}/health`).then(({ ok }) => ok, () => false);
    const fails = server.ended.then(() => {
      throw new Error(`Medusa ended:\n${server.output}`);
    });
    fails.catch(() => {});
    await Promise.race([until(isUp), fails]);
    return server;
  }

  async stop() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGTERM');
    await this.ended;
  }
}

export class Shop {
  #folder = mkdtempSync(join(tmpdir(), 'usdt-medusa-'));

  /**
   * Two servers on one database. Their merchant has set other options for the second: it holds what comes late, and
   * forgives what is short.
   */
  async open() {
    [this.gateway, this.database] = await Promise.all([TestGateway.start(), Database.create()]);
    this.medusa('db:migrate', '--execute-all-links', '--skip-search', '--skip-scripts');
    const environment = this.#environment();
    this.first = await Server.start(environment);
    const options = { BACKEND_URL: this.first.url, LATE_POLICY: 'hold', TOLERANCE: '6' };
    this.moveTo(this.first);
    [this.second] = await Promise.all([Server.start({ ...environment, ...options }), this.#furnish()]);
  }

  /** Everybody comes to this server from now on. */
  moveTo(server) {
    this.server = server;
    this.gateway.shop = webhookOf(server);
  }

  /** Runs one of Medusa's commands to its end. */
  medusa(...command) {
    return execFileSync(process.execPath, [MEDUSA, ...command], {
      cwd: HERE,
      env: { ...this.#environment(), BACKEND_URL: 'http://127.0.0.1' },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async close() {
    await Promise.all([this.first?.stop(), this.second?.stop(), this.gateway?.close()]);
    await this.database?.drop();
    rmSync(this.#folder, { recursive: true });
  }

  /** The next cart that is being completed takes its server with it. */
  crashAtNextOrder() {
    writeFileSync(this.#file('crash'), '');
  }

  /** Carts that are being completed stand still, until the function that this returns is called. */
  pauseOrders() {
    writeFileSync(this.#file('pause'), '');
    return () => rmSync(this.#file('pause'));
  }

  #file(name) {
    return join(this.#folder, name);
  }

  #environment() {
    return {
      ...process.env,
      NODE_ENV: 'production',
      MEDUSA_DISABLE_TELEMETRY: 'true',
      DATABASE_URL: this.database.url,
      CRASH_FILE: this.#file('crash'),
      PAUSE_FILE: this.#file('pause'),
      GATEWAY: this.gateway.url,
      API_KEY: this.gateway.key,
      API_SECRET: this.gateway.secret,
    };
  }

  /** What every shop has before its first customer. */
  async #furnish() {
    this.adminKey = (await this.ask('POST', '/test/key', {})).body.token;
    const { sales_channel: channel } = await this.admin('POST', '/sales-channels', { name: 'Web' });
    const { api_key: key } = await this.admin('POST', '/api-keys', { title: 'Web', type: 'publishable' });
    await this.admin('POST', `/api-keys/${key.id}/sales-channels`, { add: [channel.id] });
    const { stock_location: place } = await this.admin('POST', '/stock-locations', { name: 'Store' });
    await this.admin('POST', `/stock-locations/${place.id}/sales-channels`, { add: [channel.id] });
    Object.assign(this, { channel: channel.id, place: place.id, storeKey: key.token });
    this.region = await this.#addRegion('usd', 'us');
    this.euroRegion = await this.#addRegion('eur', 'de');
    this.kronaRegion = await this.#addRegion('isk', 'is');
    // The gateway tells of ends, too. The tests keep its webhooks going through their relay.
    await this.gateway.api('PATCH', '/api/v1/project', { events: ['payment.expired'] });
  }

  async #addRegion(currency, country) {
    const { region } = await this.admin('POST', '/regions', {
      name: currency,
      currency_code: currency,
      countries: [country],
      payment_providers: [PROVIDER, OTHER_PROVIDER],
    });
    return region.id;
  }

  async ask(method, path, body, headers = {}) {
    const answer = await fetch(this.server.url + path, {
      method,
      redirect: 'manual',
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json');
    return { status: answer.status, headers: answer.headers, text, body: isJson ? JSON.parse(text) : undefined };
  }

  askStore(method, path, body) {
    return this.ask(method, `/store${path}`, body, { 'x-publishable-api-key': this.storeKey });
  }

  askAdmin(method, path, body) {
    const authorization = `Basic ${Buffer.from(`${this.adminKey}:`).toString('base64')}`;
    return this.ask(method, `/admin${path}`, body, { authorization });
  }

  async store(method, path, body) {
    return right(await this.askStore(method, path, body), path);
  }

  async admin(method, path, body) {
    return right(await this.askAdmin(method, path, body), path);
  }

  /** A product of which there are so many: its only variant, and what is counted. */
  async addProduct({ stock = 100 } = {}) {
    const { product } = await this.admin('POST', '/products?fields=*variants,*variants.inventory_items', {
      title: `Thing ${Math.random()}`,
      status: 'published',
      options: [{ title: 'Size', values: ['One'] }],
      variants: [
        {
          title: 'One',
          options: { Size: 'One' },
          manage_inventory: true,
          prices: ['usd', 'eur'].map((currency_code) => ({ currency_code, amount: 6.2 })),
        },
      ],
      sales_channels: [{ id: this.channel }],
    });
    const [variant] = product.variants;
    const item = variant.inventory_items[0].inventory_item_id;
    // So that carts need no shipping.
    await this.admin('POST', `/inventory-items/${item}`, { requires_shipping: false });
    await this.admin('POST', `/inventory-items/${item}/location-levels`, {
      location_id: this.place,
      stocked_quantity: stock,
    });
    return { variant: variant.id, item };
  }

  /** How many of a product are promised to orders. */
  async reserved({ item }) {
    const { inventory_item: found } = await this.admin('GET', `/inventory-items/${item}?fields=reserved_quantity`);
    return found.reserved_quantity;
  }

  /** A cart with one piece. */
  async fillCart(product, region = this.region) {
    const { cart } = await this.store('POST', '/carts', {
      region_id: region,
      email: 'buyer@example.com',
      items: [{ variant_id: product.variant, quantity: 1 }],
    });
    return cart;
  }

  /** A payment session of the cart, as a storefront asks for it. */
  async startPayment(cart, provider = PROVIDER) {
    const answer = await this.askForPayment(cart, provider);
    const { payment_collection: collection } = right(answer, 'payment-sessions');
    return collection.payment_sessions.at(-1).data;
  }

  async askForPayment(cart, provider = PROVIDER) {
    const { payment_collection: collection } = await this.store('POST', '/payment-collections', {
      cart_id: cart.id,
    });
    return this.askStore('POST', `/payment-collections/${collection.id}/payment-sessions`, {
      provider_id: provider,
    });
  }

  /** A cart that waits for its payment. */
  async buy({ product, stock } = {}) {
    const thing = product ?? (await this.addProduct({ stock }));
    const cart = await this.fillCart(thing);
    const payment = await this.startPayment(cart);
    return { product: thing, cart, payment, paymentId: payment.payment_id };
  }

  /** What the payer's storefront does after the return. */
  complete(cart) {
    return this.askStore('POST', `/carts/${cart.id}/complete`, {});
  }

  /** The orders that a cart has become, with their payments. */
  async orders(cart) {
    const links = 'SELECT order_id FROM order_cart WHERE cart_id = $1 AND deleted_at IS NULL';
    const payments = '*payment_collections.payments';
    const fields = `id,status,payment_status,total,${payments},${payments}.captures`;
    const found = await this.database.rows(links, [cart.id]);
    const answers = found.map(({ order_id }) => this.admin('GET', `/orders/${order_id}?fields=${fields}`));
    return (await Promise.all(answers)).map(({ order }) => order);
  }

  /** Calls Medusa's payment module, as other plugins may. */
  askPayments(call, ...args) {
    return this.ask('POST', '/test/payments', { call, args });
  }

  /** The plugin's payment, as the administration sees it. */
  async row(paymentId) {
    const { payments } = await this.admin('GET', '/usdt-checkout/payments');
    return payments.find((one) => one.payment_id === String(paymentId));
  }

  /** Lets the scheduled job run, with all payments due. */
  async runJob() {
    await this.database.rows('UPDATE usdt_checkout_payment SET check_at = now()');
    await this.ask('POST', '/test/job', {});
  }
}

/** The body of an answer that is no error. */
export function right({ status, body, text }, path) {
  assert.ok(status >= 200 && status < 300, `${path}: ${status} ${text}`);
  return body;
}

export function webhookOf(server) {
  return `${server.url}/usdt-checkout/webhook`;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
