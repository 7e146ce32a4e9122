// The shop under test: OpenCart 4.1 or 3.0 in the folder that `OPENCART_DIR` names, or else a small double of 4.1.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { TestGateway, until } from '../../testkit/gateway.mjs';
import { build, ZIPS } from '../bin/build.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const METHOD = 'usdt_checkout';
const ADMIN = { username: process.env.OPENCART_USER ?? 'admin', password: process.env.OPENCART_PASSWORD ?? 'secret123' };

export class Shop {
  static async open(folder) {
    const shop = new Shop();
    try {
      await shop.#open(folder);
    } catch (error) {
      await shop.close();
      throw error;
    }
    return shop;
  }

  async #open(folder) {
    this.scratch = mkdtempSync(join(tmpdir(), 'usdt-opencart-'));
    this.isReal = Boolean(folder);
    this.folder = folder ?? join(this.scratch, 'shop');
    this.zips = join(this.scratch, 'zips');
    build(this.zips);
    if (!folder) await makeDouble(this.folder);
    this.version = /define\('VERSION', '([^']+)'\)/.exec(readFileSync(join(this.folder, 'index.php'), 'utf8'))[1];
    this.url = /define\('HTTP_SERVER', '([^']+)\/'\)/.exec(readFileSync(join(this.folder, 'config.php'), 'utf8'))[1];
    this.kind = this.version.startsWith('3.') ? OPENCART_3 : OPENCART_4;
    this.log = join(this.scratch, 'php.log');
    this.mails = join(this.scratch, 'mails');
    writeFileSync(this.mails, '');
    this.openCartLog = join(this.folder, 'system/storage/logs/error.log');
    this.logBegins = existsSync(this.openCartLog) ? statSync(this.openCartLog).size : 0;
    this.#openDatabase();
    await this.#clean();
    await this.#serve();
    this.gateway = await TestGateway.start(`${this.url}/${this.kind.route('webhook')}`);
    this.admin = await new Admin(this).logIn();
    await this.kind.install(this);
  }

  async close() {
    if (this.server) process.kill(-this.server.pid, 'SIGTERM');
    this.database?.stdin.end();
    await this.gateway?.close();
    rmSync(this.scratch, { recursive: true });
  }

  #openDatabase() {
    this.database = spawn('php', [at('../../core-php/tests/sql.php'), this.folder], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.answers = createInterface({ input: this.database.stdout })[Symbol.asyncIterator]();
    this.lastStatement = Promise.resolve();
  }

  /** Runs one statement; tables are named as OpenCart's installer names them. */
  sql(sql, ...values) {
    const run = this.lastStatement.then(async () => {
      this.database.stdin.write(`${JSON.stringify({ sql, values })}\n`);
      const answer = JSON.parse((await this.answers.next()).value);
      if (answer.error) throw new Error(`${answer.error}: ${sql}`);
      return answer;
    });
    this.lastStatement = run.catch(() => {});
    return run;
  }

  async rows(sql, ...values) {
    return (await this.sql(sql, ...values)).rows;
  }

  async setting(key, value) {
    await this.sql('DELETE FROM oc_setting WHERE `key` = ? AND store_id = 0', key);
    const isList = typeof value !== 'string';
    const text = isList ? JSON.stringify(value) : value;
    await this.sql(
      'INSERT INTO oc_setting (store_id, code, `key`, value, serialized) VALUES (0, ?, ?, ?, ?)',
      'config',
      key,
      text,
      isList ? 1 : 0,
    );
  }

  async #clean() {
    for (const sql of [
      'DROP TABLE IF EXISTS oc_usdt_checkout_payment',
      'DROP TABLE IF EXISTS oc_usdt_checkout_state',
      'DROP TABLE IF EXISTS oc_usdt_test',
      'DROP TRIGGER IF EXISTS usdt_test_order',
      `DELETE FROM oc_setting WHERE code = 'payment_${METHOD}'`,
      `DELETE FROM oc_extension WHERE code IN ('${METHOD}', 'usdt_test')`,
      "DELETE FROM oc_event WHERE code = 'usdt_test'",
      'DELETE FROM oc_extension_install',
      'DELETE FROM oc_extension_path',
      'CREATE TABLE oc_usdt_test (crash varchar(20) NOT NULL)',
    ])
      await this.sql(sql);
    await this.setting('config_currency', 'USD');
    await this.setting('config_mail_engine', 'mail');
    await this.setting('config_email', 'owner@shop.example');
    await this.setting('config_processing_status', ['5', '1', '2', '12', '3']);
    for (const path of this.kind.files) rmSync(join(this.folder, path), { recursive: true, force: true });
    await this.kind.prepare(this);
  }

  async #serve() {
    const { host, hostname, port } = new URL(this.url);
    if (await answers(hostname, port)) throw new Error(`something else listens at ${host}`);
    const log = openSync(this.log, 'a');
    const options = ['error_reporting=-1', 'log_errors=1', `error_log=${this.log}`, `sendmail_path=cat >> ${this.mails}`];
    const args = options.flatMap((option) => ['-d', option]);
    this.server = spawn('php', [...args, '-S', host, '-t', this.folder], {
      stdio: ['ignore', log, log],
      env: { ...process.env, PHP_CLI_SERVER_WORKERS: '6' },
      // Its workers end with it only as a group.
      detached: true,
    });
    await until(() => answers(hostname, port));
  }

  pay(paymentId, how) {
    return this.gateway.pay(paymentId, how);
  }

  post(body, headers) {
    return this.gateway.post(body, headers);
  }

  /** A product with so many pieces. */
  async product({ stock = 1000, price = '6.20' } = {}) {
    const { id } = await this.sql(
      `INSERT INTO oc_product (model, quantity, minimum, subtract, stock_status_id, shipping, price, status, date_available,
        tax_class_id, date_added, date_modified) VALUES ('thing', ?, 1, 1, 5, 0, ?, 1, '2020-01-01', 0, '2020-01-01', '2020-01-01')`,
      stock,
      price,
    );
    await this.sql("INSERT INTO oc_product_description (product_id, language_id, name) VALUES (?, 1, 'Thing')", id);
    await this.sql('INSERT INTO oc_product_to_store (product_id, store_id) VALUES (?, 0)', id);
    return id;
  }

  async stock(id) {
    const [row] = await this.rows('SELECT quantity FROM oc_product WHERE product_id = ?', id);
    return Number(row.quantity);
  }

  /** The order, with its history and its payments. */
  async order(id) {
    const [order] = await this.rows('SELECT * FROM oc_order WHERE order_id = ?', id);
    const history = await this.rows('SELECT * FROM oc_order_history WHERE order_id = ? ORDER BY order_history_id', id);
    const rows = await this.rows('SELECT * FROM oc_usdt_checkout_payment WHERE order_id = ? ORDER BY attempt', id);
    return {
      status: Number(order.order_status_id),
      total: order.total,
      transaction: order.transaction_id,
      notes: history.map((entry) => entry.comment),
      completed: history.filter((entry) => Number(entry.order_status_id) === STATES.processing).length,
      rows,
    };
  }

  /** All mails so far, as they are read. */
  mailed() {
    const decode = (text) => Buffer.from(text, 'base64').toString();
    const mails = readFileSync(this.mails, 'utf8').replaceAll(/=\?UTF-8\?B\?([^?]*)\?=/g, (_, text) => decode(text));
    return mails.replaceAll(/^(?:[\w+/=]+\r?\n)+/gm, (text) => `${text}${decode(text)}`);
  }

  /** Lets the time pass after which the regular check asks, and runs it by the address that the settings show. */
  async runCheck() {
    await this.sql('UPDATE oc_usdt_checkout_payment SET check_at = 0, asked_at = 0');
    const { text } = await this.admin.settings();
    const { status } = await new Buyer(this).ask(/<code>([^<]*cron[^<]*)<\/code>/.exec(text)[1]);
    if (status !== 200) throw new Error(`the check answers ${status}`);
  }

  /** What PHP had to say of the plugin. */
  notices() {
    const ours = /PHP (Warning|Notice|Deprecated|Unknown|Fatal error|Parse error).*usdt/i;
    const openCart = existsSync(this.openCartLog) ? readFileSync(this.openCartLog).subarray(this.logBegins).toString() : '';
    return [openCart, readFileSync(this.log, 'utf8')].join('\n').split('\n').filter((line) => ours.test(line));
  }

  logged() {
    return readFileSync(this.openCartLog).subarray(this.logBegins).toString();
  }
}

/** OpenCart's own states of orders. */
export const STATES = { pending: 1, processing: 2, complete: 5, refunded: 11, expired: 14, denied: 8 };

/** The settings but those of the gateway. */
export const SETTINGS = {
  status: '1',
  title: 'USDT',
  pending_status_id: STATES.pending,
  paid_status_id: STATES.processing,
  expired_status_id: STATES.expired,
  held_status_id: STATES.pending,
  late_policy: 'complete',
  tolerance: '0',
  geo_zone_id: '0',
  sort_order: '0',
  debug: '0',
};

/** Somebody with a browser's cookies. */
export class Buyer {
  cookies = new Map();

  constructor(shop) {
    this.shop = shop;
  }

  async ask(path, { form, withoutCookies, ...options } = {}) {
    const headers = {
      'user-agent': 'test',
      ...(withoutCookies ? {} : { cookie: [...this.cookies].map((pair) => pair.join('=')).join('; ') }),
    };
    const body = form ? new URLSearchParams(form) : undefined;
    const url = new URL(path.replaceAll('&amp;', '&'), `${this.shop.url}/`);
    const answer = await fetch(url, { redirect: 'manual', method: form ? 'POST' : 'GET', body, ...options, headers });
    for (const cookie of answer.headers.getSetCookie()) {
      const [pair] = cookie.split(';');
      this.cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }

  async json(path, options) {
    const { text } = await this.ask(path, options);
    try {
      return JSON.parse(text);
    } catch {
      throw new Error(`${path} answers no JSON: ${text}`);
    }
  }

  /** The codes of the methods that the checkout offers for a product. */
  async methods(product) {
    await this.shop.kind.fill(this, product);
    return this.shop.kind.methods(this);
  }

  /** Goes through the checkout, and returns the address that its button posts to. */
  async checkout(product) {
    const methods = await this.methods(product);
    if (!methods.includes(METHOD)) throw new Error(`not offered, but ${methods}`);
    return this.shop.kind.confirm(this);
  }

  /** Buys a product, and returns the answer of the button. */
  async buy(product) {
    return this.json(await this.checkout(product), { method: 'POST' });
  }

  /** Comes back from the gateway, which is another site, and is led on by the shop. */
  async comeBack(token) {
    const landed = await this.ask(`${this.shop.kind.route('back')}&token=${token}`, { withoutCookies: true });
    const next = /content="0;url=([^"]+)"/.exec(landed.text)?.[1];
    return { landed, ...(await this.ask(next)) };
  }

  poll(token) {
    return this.json(`${this.shop.kind.route('back')}&token=${token}&poll=1`);
  }
}

/** Somebody in the administration. */
export class Admin extends Buyer {
  async logIn(who = ADMIN) {
    this.token = await this.shop.kind.logIn(this, who);
    if (!this.token) throw new Error('the administration lets nobody in: see OPENCART_USER and OPENCART_PASSWORD');
    return this;
  }

  path(route) {
    return `admin/index.php?route=${route}&user_token=${this.token}`;
  }

  /** Sends the form of the settings, and returns what the administration says of it. */
  save(settings) {
    const form = Object.entries(settings).map(([name, value]) => [`payment_${METHOD}_${name}`, value]);
    return this.shop.kind.save(this, form);
  }

  settings() {
    return this.ask(this.path(this.shop.kind.adminRoute('index')));
  }

  act(name, reference = '') {
    return this.json(this.path(this.shop.kind.adminRoute('act')), { form: { do: name, reference } });
  }

  /** The tab of the plugin beside an order. */
  tab(order) {
    return this.ask(`${this.path(this.shop.kind.orderRoute)}&order_id=${order}`);
  }

  async press(html, name) {
    const button = html.split('<button').find((part) => part.includes(`data-usdt-checkout="${name}"`));
    const of = (data) => new RegExp(`data-${data}="([^"]*)"`).exec(button)[1];
    return this.json(of('url'), { form: { do: name, reference: of('reference') } });
  }
}

const ADDRESS = {
  firstname: 'Ann',
  lastname: 'Example',
  email: 'ann@buyer.example',
  telephone: '123456',
  address_1: 'Street 1',
  city: 'Berlin',
  postcode: '10115',
  country_id: '81',
  zone_id: '1256',
};

const OPENCART_4 = {
  zip: ZIPS.oc4,
  files: ['extension/usdt_checkout', 'extension/usdt_test', 'system/storage/marketplace/usdt_checkout.ocmod.zip'],
  orderRoute: 'sale/order.info',
  confirmPage: 'index.php?route=checkout/confirm.confirm&language=en-gb',
  hasCron: true,
  cron: 'extension/usdt_checkout/system/cron.php',
  events: { before: 'catalog/model/checkout/order.addHistory/before', after: 'catalog/model/checkout/order.addHistory/after' },
  route: (action) => `index.php?route=extension/usdt_checkout/payment/usdt_checkout.${action}`,
  adminRoute: (action) => `extension/usdt_checkout/payment/usdt_checkout.${action}`.replace('.index', ''),

  async prepare(shop) {
    const crash = join(shop.folder, 'extension/usdt_test/catalog/controller');
    mkdirSync(crash, { recursive: true });
    cpSync(at('crash4.php'), join(crash, 'crash.php'));
    await shop.sql("INSERT INTO oc_extension (extension, type, code) VALUES ('usdt_test', 'module', 'usdt_test')");
    for (const [when, trigger] of Object.entries(this.events))
      await shop.sql(
        "INSERT INTO oc_event (code, description, `trigger`, action, status, sort_order) VALUES ('usdt_test', '', ?, ?, 1, 99)",
        trigger,
        `extension/usdt_test/crash.${when}`,
      );
  },

  async logIn(admin, form) {
    const page = await admin.ask('admin/index.php?route=common/login');
    const path = /action="[^"]*(admin\/index.php[^"]+)"/.exec(page.text)[1];
    const { redirect } = await admin.json(path, { form });
    return /user_token=(\w+)/.exec(redirect ?? '')?.[1];
  },

  async install(shop) {
    const { admin } = shop;
    const zip = join(shop.zips, this.zip);
    const body = new FormData();
    body.append('file', new Blob([readFileSync(zip)]), basename(zip));
    const sent = await admin.json(admin.path('marketplace/installer.upload'), { method: 'POST', body });
    if (sent.error) throw new Error(sent.error);
    const [{ extension_install_id: id }] = await shop.rows(`SELECT * FROM oc_extension_install WHERE code = '${METHOD}'`);
    let next = `${admin.path('marketplace/installer.install')}&extension_install_id=${id}`;
    while (next) {
      const step = await admin.json(next);
      if (step.error) throw new Error(step.error);
      next = step.next;
    }
    const done = await admin.json(`${admin.path('extension/payment.install')}&extension=${METHOD}&code=${METHOD}`);
    if (done.error) throw new Error(done.error);
  },

  async uninstall(shop) {
    const { admin } = shop;
    await admin.json(`${admin.path('extension/payment.uninstall')}&extension=${METHOD}&code=${METHOD}`);
    const [{ extension_install_id: id }] = await shop.rows(`SELECT * FROM oc_extension_install WHERE code = '${METHOD}'`);
    const gone = await admin.json(`${admin.path('marketplace/installer.uninstall')}&extension_install_id=${id}`);
    if (gone.error) throw new Error(gone.error);
  },

  addOnlooker: (shop) => addOnlooker(shop, ['sale/order', 'extension/usdt_checkout/payment/usdt_checkout']),

  async save(admin, form) {
    const { success, error } = await admin.json(admin.path(this.adminRoute('save')), { form });
    return { success, error };
  },

  async fill(buyer, product) {
    await buyer.ask('index.php?route=common/home&language=en-gb');
    const put = await buyer.json('index.php?route=checkout/cart.add&language=en-gb', {
      form: { product_id: product, quantity: 1 },
    });
    if (!put.success) throw new Error(JSON.stringify(put));
    const address = Object.entries(ADDRESS).map(([name, value]) => [`payment_${name}`, value]);
    const known = await buyer.json('index.php?route=checkout/register.save&language=en-gb', {
      form: [...Object.entries(ADDRESS), ...address, ['account', '0'], ['customer_group_id', '1'], ['address_match', '1']],
    });
    if (!known.success) throw new Error(JSON.stringify(known));
  },

  /** What the checkout says of the methods. */
  async describe(buyer) {
    const answer = await buyer.json('index.php?route=checkout/payment_method.getMethods&language=en-gb');
    return answer.payment_methods ?? {};
  },

  async methods(buyer) {
    return Object.keys(await this.describe(buyer));
  },

  async confirm(buyer) {
    const chosen = await buyer.json('index.php?route=checkout/payment_method.save&language=en-gb', {
      form: { payment_method: `${METHOD}.${METHOD}` },
    });
    if (!chosen.success) throw new Error(JSON.stringify(chosen));
    const { text } = await buyer.ask(this.confirmPage);
    return /id="button-confirm"[^>]*data-url="([^"]+)"/.exec(text)[1];
  },
};

const OPENCART_3 = {
  zip: ZIPS.oc3,
  files: [
    'admin/controller/extension/payment/usdt_checkout.php',
    'admin/language/en-gb/extension/payment/usdt_checkout.php',
    'admin/view/template/extension/payment/usdt_checkout.twig',
    'catalog/controller/extension/payment/usdt_checkout.php',
    'catalog/model/extension/payment/usdt_checkout.php',
    'catalog/view/theme/default/template/extension/payment/usdt_checkout.twig',
    'system/library/usdt_checkout',
    'catalog/controller/extension/usdt_test.php',
  ],
  orderRoute: 'sale/order/info',
  confirmPage: 'index.php?route=checkout/confirm',
  cron: 'system/library/usdt_checkout/cron.php',
  events: {
    before: 'catalog/model/checkout/order/addOrderHistory/before',
    after: 'catalog/model/checkout/order/addOrderHistory/after',
  },
  route: (action) => `index.php?route=extension/payment/usdt_checkout/${action}`,
  adminRoute: (action) => `extension/payment/usdt_checkout/${action}`.replace('/index', ''),

  async prepare(shop) {
    const uploads = join(shop.folder, 'system/storage/upload');
    for (const file of readdirSync(uploads)) if (file.endsWith('.tmp')) rmSync(join(uploads, file));
    cpSync(at('crash3.php'), join(shop.folder, 'catalog/controller/extension/usdt_test.php'));
    for (const [when, trigger] of Object.entries(this.events))
      await shop.sql(
        "INSERT INTO oc_event (code, `trigger`, action, status, sort_order) VALUES ('usdt_test', ?, ?, 1, 99)",
        trigger,
        `extension/usdt_test/${when}`,
      );
  },

  async logIn(admin, form) {
    const answer = await admin.ask('admin/index.php?route=common/login', { form });
    return /user_token=(\w+)/.exec(answer.headers.get('location') ?? '')?.[1];
  },

  async install(shop) {
    const { admin } = shop;
    const zip = join(shop.zips, this.zip);
    const body = new FormData();
    body.append('file', new Blob([readFileSync(zip)]), basename(zip));
    let step = await admin.json(admin.path('marketplace/installer/upload'), { method: 'POST', body });
    while (step.next) step = await admin.json(step.next);
    if (step.error) throw new Error(step.error);
    await admin.ask(`${admin.path('extension/extension/payment/install')}&extension=${METHOD}`);
  },

  async uninstall(shop) {
    const { admin } = shop;
    await admin.ask(`${admin.path('extension/extension/payment/uninstall')}&extension=${METHOD}`);
    const [{ extension_install_id: id }] = await shop.rows('SELECT * FROM oc_extension_install');
    await admin.json(`${admin.path('marketplace/install/uninstall')}&extension_install_id=${id}`);
  },

  addOnlooker: (shop) => addOnlooker(shop, ['sale/order', 'extension/payment/usdt_checkout']),

  async save(admin, form) {
    const answer = await admin.ask(admin.path(this.adminRoute('index')), { form });
    if (answer.status === 302) return { success: 'saved' };
    return { error: /alert-danger">(?:<i[^>]*><\/i>)?([^<]+)/.exec(answer.text)?.[1] ?? answer.text };
  },

  async fill(buyer, product) {
    await buyer.ask('index.php?route=common/home');
    const put = await buyer.json('index.php?route=checkout/cart/add', { form: { product_id: product, quantity: 1 } });
    if (!put.success) throw new Error(JSON.stringify(put));
    const known = await buyer.json('index.php?route=checkout/guest/save', {
      form: { ...ADDRESS, customer_group_id: '1', company: '', address_2: '', shipping_address: '1' },
    });
    if (known.error || known.redirect) throw new Error(JSON.stringify(known));
  },

  async describe(buyer) {
    return (await buyer.ask('index.php?route=checkout/payment_method')).text;
  },

  async methods(buyer) {
    const text = await this.describe(buyer);
    return [...text.matchAll(/name="payment_method" value="(\w+)"/g)].map((match) => match[1]);
  },

  async confirm(buyer) {
    const chosen = await buyer.json('index.php?route=checkout/payment_method/save', {
      form: { payment_method: METHOD, comment: '', agree: '1' },
    });
    if (chosen.error || chosen.redirect) throw new Error(JSON.stringify(chosen));
    const { text } = await buyer.ask(this.confirmPage);
    return /id="button-confirm"[^>]*data-url="([^"]+)"/.exec(text)[1];
  },
};

/** Logs in somebody who may see pages of the administration, and change nothing. */
async function addOnlooker(shop, access) {
  const permission = JSON.stringify({ access });
  const group = await shop.sql("INSERT INTO oc_user_group (name, permission) VALUES ('usdt-test', ?)", permission);
  const name = `o${Date.now()}`;
  const [admin] = await shop.rows('SELECT * FROM oc_user WHERE username = ?', ADMIN.username);
  const person = { ...admin, user_group_id: group.id, username: name, email: `${name}@shop.example` };
  delete person.user_id;
  const columns = Object.keys(person);
  const marks = columns.map(() => '?');
  await shop.sql(`INSERT INTO oc_user (${columns.join(', ')}) VALUES (${marks.join(', ')})`, ...Object.values(person));
  return new Admin(shop).logIn({ ...ADMIN, username: name });
}

/** The double's files in a folder, at an address. */
export function layOutDouble(folder, url) {
  cpSync(at('double'), folder, { recursive: true });
  for (const name of ['system/storage/logs', 'extension']) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'system/storage/logs/error.log'), '');
  const names = {
    HTTP_SERVER: `${url}/`,
    DIR_EXTENSION: `${folder}/extension/`,
    DIR_STORAGE: `${folder}/system/storage/`,
    DB_DRIVER: 'sqlite',
    DB_DATABASE: `${folder}/shop.sqlite`,
    DB_PREFIX: 'oc_',
  };
  const lines = Object.entries(names).map(([name, value]) => `define('${name}', '${value}');`);
  writeFileSync(join(folder, 'config.php'), `<?php\n${lines.join('\n')}\n`);
}

async function makeDouble(folder) {
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address();
  await new Promise((resolve) => free.close(resolve));
  layOutDouble(folder, `http://127.0.0.1:${port}`);
  const made = spawn('php', [join(folder, 'install.php')], { stdio: 'inherit' });
  const [code] = await once(made, 'exit');
  if (code !== 0) throw new Error('the double was not set up');
}

function answers(host, port) {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => resolve(Boolean(socket.end())));
    socket.on('error', () => resolve(false));
  });
}
