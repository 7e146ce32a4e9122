// A double of a platform in PHP: served with several workers, since races need them, beside a real gateway on a
// simulated chain.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { TestGateway, until } from '../../testkit/gateway.mjs';

const WORKERS = '6';

/** The double's files and the plugin's in a folder, with what the double must know of itself. */
export function layOut({ double, files, folder, names = {} }) {
  cpSync(double, folder, { recursive: true });
  for (const [path, bytes] of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
  const all = { DB_DRIVER: 'sqlite', DB_DATABASE: `${folder}/shop.sqlite`, ...names };
  const lines = Object.entries(all).map(([name, value]) => `define('${name}', '${value}');`);
  writeFileSync(join(folder, 'config.php'), `<?php\n${lines.join('\n')}\n`);
}

export class DoubleShop {
  /**
   * `double` is its folder, `files` the plugin's by path, `webhook` the path that takes webhooks, `payments` and
   * `state` are the plugin's tables.
   */
  constructor(kit) {
    Object.assign(this, kit);
  }

  async open() {
    this.scratch = mkdtempSync(join(tmpdir(), 'usdt-double-'));
    this.folder = join(this.scratch, 'shop');
    this.phpLog = join(this.scratch, 'php.log');
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    layOut({ ...this, names: { SHOP_URL: this.url } });
    execFileSync('php', [join(this.folder, 'install.php')], { stdio: 'inherit' });
    this.#openDatabase();
    await this.#serve(port);
    this.gateway = await TestGateway.start(`${this.url}/${this.webhook}`);
  }

  async close() {
    if (this.server) process.kill(-this.server.pid, 'SIGTERM');
    this.database?.stdin.end();
    await this.gateway?.close();
    rmSync(this.scratch, { recursive: true });
  }

  #openDatabase() {
    const script = fileURLToPath(new URL('sql.php', import.meta.url));
    this.database = spawn('php', [script, this.folder], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.answers = createInterface({ input: this.database.stdout })[Symbol.asyncIterator]();
    this.lastStatement = Promise.resolve();
  }

  async #serve(port) {
    const log = openSync(this.phpLog, 'a');
    const options = ['error_reporting=-1', 'log_errors=1', `error_log=${this.phpLog}`];
    const args = options.flatMap((option) => ['-d', option]);
    this.server = spawn('php', [...args, '-S', `127.0.0.1:${port}`, '-t', this.folder], {
      stdio: ['ignore', log, log],
      env: { ...process.env, PHP_CLI_SERVER_WORKERS: WORKERS },
      // Its workers end with it only as a group.
      detached: true,
    });
    await until(() => answers(port));
  }

  /** Runs one statement, from outside of the shop's requests. */
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

  async stateOf(name) {
    const [row] = await this.rows(`SELECT content FROM ${this.state} WHERE name = ?`, name);
    return JSON.parse(row.content);
  }

  /** The payments of an order, or the one at an address of the gateway. */
  paymentsOf(orderId) {
    return this.rows(`SELECT * FROM ${this.payments} WHERE order_id = ? ORDER BY attempt`, orderId);
  }

  async paymentAt(url) {
    return (await this.rows(`SELECT * FROM ${this.payments} WHERE payment_url = ?`, url))[0];
  }

  pay(paymentId, how) {
    return this.gateway.pay(paymentId, how);
  }

  /** A payment whose webhook did not get through, as its body. */
  async payUnheard(paymentId) {
    this.gateway.way = { isDown: true };
    try {
      return (await this.pay(paymentId)).raw;
    } finally {
      this.gateway.way = { times: 1 };
    }
  }

  post(body, headers) {
    return this.gateway.post(body, headers);
  }

  postPaid(row, changes) {
    return this.post(JSON.stringify(paidEvent(row, changes)));
  }

  /** Lets the time pass after which the regular check asks, and runs it. */
  async runCheck() {
    await this.sql(`UPDATE ${this.payments} SET check_at = 0, asked_at = 0`);
    await this.check();
  }

  /** The time passes after which a lock is given up. */
  async ageLocks() {
    return (await this.sql(`UPDATE ${this.payments} SET lock_until = lock_until - 700 WHERE lock_key IS NOT NULL`)).count;
  }

  /** All mails so far. */
  mailed() {
    return this.#written('mails');
  }

  /** What PHP had to say. */
  notices() {
    const lines = readFileSync(this.phpLog, 'utf8').split('\n');
    const said = lines.filter((line) => /PHP (Warning|Notice|Deprecated|Fatal error|Parse error)/i.test(line));
    return [...new Set(said.map((line) => line.replace(/^\[[^\]]*\] /, '')))];
  }

  logged() {
    return this.#written('log');
  }

  #written(kind) {
    const file = join(this.folder, `shop.sqlite.${kind}`);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }
}

/** Somebody with a browser's cookies. */
export class Browser {
  cookies = new Map();

  constructor(shop) {
    this.shop = shop;
  }

  async ask(path, { form, withoutCookies, ...options } = {}) {
    const cookie = [...this.cookies].map((pair) => pair.join('=')).join('; ');
    const headers = { 'user-agent': 'test', ...(withoutCookies ? {} : { cookie }) };
    const body = form ? new URLSearchParams(form) : undefined;
    const url = new URL(path.replaceAll('&amp;', '&'), `${this.shop.url}/`);
    const answer = await fetch(url, { redirect: 'manual', method: form ? 'POST' : 'GET', body, ...options, headers });
    for (const cookie of answer.headers.getSetCookie()) {
      const [pair] = cookie.split(';');
      this.cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    return { status: answer.status, location: answer.headers.get('location'), headers: answer.headers, text: await answer.text() };
  }

  async json(path, options) {
    const { text } = await this.ask(path, options);
    try {
      return JSON.parse(text);
    } catch {
      throw new Error(`${path} answers no JSON: ${text}`);
    }
  }

  /** Comes back from the gateway, which is another site, and is led on by the shop. */
  async comeBack(token) {
    const landed = await this.ask(this.shop.backPath(token), { withoutCookies: true });
    const next = /content="0;url=([^"]+)"/.exec(landed.text)[1];
    return { landed, ...(await this.ask(next)) };
  }

  poll(token) {
    return this.json(`${this.shop.backPath(token)}&poll=1`);
  }

  /** Presses a button of the administration, as its page has it. */
  press(html, name) {
    const button = html.split('<button').find((part) => part.includes(`data-usdt-checkout="${name}"`));
    const of = (data) => new RegExp(`data-${data}="([^"]*)"`).exec(button)[1];
    return this.json(of('url'), { form: { do: name, reference: of('reference') } });
  }
}

export const paidEvent = (row, changes = {}) => ({
  payment_id: Number(row.payment_id),
  app_id: 1,
  order_id: row.reference,
  status: 'paid',
  amount: row.amount,
  pay_amount: row.amount,
  currency: 'USDT',
  network: 'TRC20',
  txid: 'f'.repeat(64),
  paid_at: '2026-07-01 18:04:12',
  ...changes,
});

async function freePort() {
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address();
  await new Promise((resolve) => free.close(resolve));
  return port;
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(Boolean(socket.end())));
    socket.on('error', () => resolve(false));
  });
}
