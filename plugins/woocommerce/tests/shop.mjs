// The shop under test, its gateway, and what passes between them.
//
// `WC_DIR` names the folder of a WordPress that is installed, with WooCommerce, at the address to which PHP's own server
// is bound here. Without it, the tests install WordPress with a double of WooCommerce.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { TestGateway, until } from '../../testkit/gateway.mjs';
import { build } from '../bin/build.mjs';
import { installWordPress, unzip } from './wordpress.mjs';

const run = promisify(execFile);
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const NAME = 'usdt-checkout-for-woocommerce';
const PHP = ['-d', 'error_reporting=-1', '-d', 'display_errors=0', '-d', 'log_errors=1'];

export class Shop {
  /** The shop that `WC_DIR` names, or else one of the tests' own. */
  static async open() {
    const shop = new Shop();
    shop.scratch = mkdtempSync(join(tmpdir(), 'usdt-shop-'));
    shop.log = join(shop.scratch, 'php.log');
    if (process.env.WC_DIR) {
      shop.folder = process.env.WC_DIR;
    } else {
      shop.wordpress = await installWordPress(shop.scratch);
      shop.folder = shop.wordpress.folder;
    }
    shop.#install();
    shop.facts = await shop.control('begin');
    if (shop.facts.error) throw new Error(shop.facts.error);
    shop.url = shop.facts.home;
    // Where WordPress has a log of its own, PHP's goes there.
    shop.logs = [...new Set([shop.log, shop.facts.log])].filter(existsSync).map((file) => [file, statSync(file).size]);
    await shop.#serve();
    shop.gateway = await TestGateway.start(shop.webhookUrl());
    return shop;
  }

  async close() {
    if (this.server) process.kill(-this.server.pid, 'SIGTERM');
    await this.gateway?.close();
    await this.wordpress?.close();
    rmSync(this.scratch, { recursive: true });
  }

  #install() {
    const plugins = join(this.folder, 'wp-content/plugins');
    const zip = join(this.scratch, `${NAME}.zip`);
    build(zip);
    rmSync(join(plugins, NAME), { recursive: true, force: true });
    // What shops get is what is tested.
    unzip(zip, plugins);
    const must = join(this.folder, 'wp-content/mu-plugins');
    mkdirSync(must, { recursive: true });
    cpSync(at('recorder.php'), join(must, 'usdt-test-recorder.php'));
  }

  async control(command, given = {}) {
    const options = [...PHP, '-d', `error_log=${this.log}`, at('control.php'), this.folder, command];
    const { stdout } = await run('php', [...options, JSON.stringify(given)], { maxBuffer: 1 << 24 });
    return JSON.parse(stdout.trimEnd().split('\n').at(-1));
  }

  async #serve() {
    const { host, hostname, port } = new URL(this.url);
    if (await answers(hostname, port)) throw new Error(`something else listens at ${host}`);
    const log = openSync(this.log, 'a');
    const options = [...PHP, '-d', `error_log=${this.log}`, '-S', host, '-t', this.folder];
    this.server = spawn('php', options, {
      stdio: ['ignore', log, log],
      env: { ...process.env, PHP_CLI_SERVER_WORKERS: '6' },
      // Its workers end with it only as a group.
      detached: true,
    });
    await until(() => answers(hostname, port));
  }

  /** What the scenarios run on. */
  platform() {
    const { isReal, woocommerce, wordpress, database, hpos } = this.facts;
    const orders = hpos === 'yes' ? 'HPOS on' : 'HPOS off';
    return {
      name: 'WooCommerce',
      version: woocommerce,
      on: `WordPress ${wordpress}, ${database}${isReal ? `, ${orders}` : ''}`,
      isReal,
      file: isReal ? `woocommerce-${hpos === 'yes' ? 'hpos' : 'posts'}` : 'woocommerce-double',
    };
  }

  webhookUrl(path = '/?wc-api=usdt_checkout') {
    return this.url + path;
  }

  order(id) {
    return this.control('order', { id });
  }

  /** What PHP had to say, but of the drop-in that translates to SQLite, and of WordPress's own site. */
  notices() {
    const words = /PHP (Warning|Notice|Deprecated|Fatal error|Parse error)|PHP message|WordPress database error/;
    const lines = this.logs.flatMap(([file, from]) => readFileSync(file).subarray(from).toString().split('\n'));
    return lines.filter((line) => words.test(line) && !/\/sqlite-database-integration|WordPress\.org/.test(line));
  }
}

/** Somebody with a browser's cookies. */
export class Buyer {
  #cookies = new Map();
  #nonce;

  constructor(shop) {
    this.shop = shop;
  }

  async ask(path, options = {}) {
    const headers = { ...options.headers, cookie: [...this.#cookies].map((pair) => pair.join('=')).join('; ') };
    const url = new URL(path, this.shop.url);
    const answer = await fetch(url, { redirect: 'manual', ...options, headers });
    for (const cookie of answer.headers.getSetCookie()) {
      const [pair] = cookie.split(';');
      this.#cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const nonce = answer.headers.get('nonce');
    if (nonce) this.#nonce = nonce;
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }

  /** Logs in as somebody of a role. */
  async logIn(role) {
    const { name, password } = await this.shop.control('person', { role });
    await this.ask('/wp-login.php');
    const body = new URLSearchParams({ log: name, pwd: password, testcookie: '1' });
    const answer = await this.ask('/wp-login.php', { method: 'POST', body });
    if (answer.status !== 302) throw new Error(`${role} cannot log in: ${answer.status}`);
    return this;
  }

  cookies() {
    return [...this.#cookies];
  }

  async store(method, path, body) {
    const answer = await this.ask(`/?rest_route=/wc/store/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(this.#nonce ? { nonce: this.#nonce } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: answer.status, json: JSON.parse(answer.text) };
  }

  /** The methods that the block checkout offers. */
  async methods() {
    return (await this.store('GET', '/cart')).json.payment_methods;
  }

  /** Buys in the block checkout, by the Store API. */
  async buyInBlocks(product, method) {
    await this.store('GET', '/cart');
    await this.store('POST', '/cart/add-item', { id: product, quantity: 1 });
    return this.orderInBlocks(method);
  }

  /** Orders what is in the cart. */
  async orderInBlocks(method = 'usdt_checkout') {
    const answer = await this.store('POST', '/checkout', {
      billing_address: ADDRESS,
      shipping_address: ADDRESS,
      payment_method: method,
      payment_data: [],
    });
    const { order_id: id, payment_result: result, ...rest } = answer.json;
    return { status: answer.status, id, redirect: result?.redirect_url, ...rest };
  }

  /** Buys in the classic checkout. */
  async buyInClassic(product, method) {
    await this.ask(`/?add-to-cart=${product}`);
    return this.orderInClassic(method);
  }

  async orderInClassic(method = 'usdt_checkout') {
    const page = await this.ask(this.shop.facts.checkout);
    const nonce = /name="woocommerce-process-checkout-nonce" value="(\w+)"/.exec(page.text)?.[1] ?? '';
    const address = Object.entries(ADDRESS).map(([name, value]) => [`billing_${name}`, value]);
    const answer = await this.ask('/?wc-ajax=checkout', {
      method: 'POST',
      body: new URLSearchParams([
        ...address,
        ['payment_method', method],
        ['woocommerce-process-checkout-nonce', nonce],
      ]),
    });
    const { result, redirect, order_id: id, messages } = JSON.parse(answer.text);
    return { result, redirect, id, messages };
  }

  /** Pays for an order that is there, by the page that WooCommerce has for it. */
  async payAgain(payUrl, method = 'usdt_checkout') {
    const page = await this.ask(payUrl);
    const nonce = /name="woocommerce-pay-nonce" value="(\w+)"/.exec(page.text)?.[1] ?? '';
    const answer = await this.ask(payUrl, {
      method: 'POST',
      body: new URLSearchParams({ woocommerce_pay: '1', payment_method: method, 'woocommerce-pay-nonce': nonce }),
    });
    return answer.headers.get('location');
  }
}

const ADDRESS = {
  first_name: 'Ann',
  last_name: 'Example',
  company: '',
  address_1: 'Street 1',
  address_2: '',
  city: 'Berlin',
  state: '',
  postcode: '10115',
  country: 'DE',
  email: 'ann@shop.example',
  phone: '123456',
};

function answers(host, port) {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => resolve(Boolean(socket.end())));
    socket.on('error', () => resolve(false));
  });
}
