// A merchant as in production: a gateway with its configuration, a project, and a PHP server with
// the published example, in which only hosts and keys are replaced.

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Chain } from './chain.mjs';
import { GATEWAY, Program, run } from './program.mjs';

const SCRIPTS = fileURLToPath(new URL('../php', import.meta.url));
const LOWEST_PORT = 20_000;
const PORTS = 10_000;
const RECEIVING_ADDRESS = 'TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH';

export class Merchant {
  #programs = [];
  #folder;
  #config;

  /** `origins` are the sites that may show the merchant's payments; with none, any may. */
  static async open({ origins = [] } = {}) {
    const merchant = new Merchant();
    try {
      await merchant.#open(origins);
    } catch (error) {
      await merchant.close();
      throw error;
    }
    return merchant;
  }

  async #open(origins) {
    this.#folder = await mkdtemp(join(tmpdir(), 'usdt-merchant-'));
    const shop = join(this.#folder, 'shop');
    await cp(SCRIPTS, shop, { recursive: true });

    const node = await this.#start(
      GATEWAY,
      ['devchain', '--listen', '127.0.0.1:0'],
      /node: (http:\S+)/,
    );
    this.chain = new Chain(node.ready[1]);
    await this.chain.pause();
    const php = await this.#start(
      'php',
      ['-S', '127.0.0.1:0', '-t', shop],
      /\((http:[^)]+)\) started/,
    );
    this.url = php.ready[1];

    const listen = `127.0.0.1:${await freePort()}`;
    this.gatewayUrl = `http://${listen}`;
    const config = (this.#config = join(this.#folder, 'gateway.toml'));
    await writeFile(
      config,
      `listen = "${listen}"
public_url = "${this.gatewayUrl}"
data_dir = "${join(this.#folder, 'data')}"

[test_chain]
nodes = [{ url = "${node.ready[1]}" }]
poll_ms = 100

[webhooks]
allow_private_addresses = true
`,
    );
    await run(GATEWAY, ['init', '--config', config]);
    const project = JSON.parse(
      await run(GATEWAY, [
        ...['project', 'add', '--test', '--json', '--config', config, '--name', 'Shop'],
        ...['--address', RECEIVING_ADDRESS, '--webhook-url', `${this.url}/webhook.php`],
        ...origins.flatMap((origin) => ['--origin', origin]),
      ]),
    );
    this.appId = project.app_id;
    await this.startGateway();

    const replacements = {
      pk_your_api_key: project.api_key,
      sk_your_api_secret: project.api_secret,
      'https://usdt-payments.com': this.gatewayUrl,
      'https://merchant-site.com': this.url,
    };
    for (const script of ['create-payment.php', 'webhook.php']) {
      const file = join(shop, script);
      const text = await readFile(file, 'utf8');
      const replaced = Object.entries(replacements).reduce(
        (text, [from, to]) => text.replaceAll(from, to),
        text,
      );
      await writeFile(file, replaced);
    }
  }

  /** Starts the gateway, which is `gateway` then, on the data that it has. */
  async startGateway() {
    const serve = ['serve', '--config', this.#config];
    this.gateway = await this.#start(GATEWAY, serve, /the gateway runs/);
    await this.#chainRead();
  }

  /** The payment of the order that the PHP script has, as anyone sees it. */
  async createPayment() {
    const answer = await fetch(`${this.url}/create-payment.php`, { redirect: 'manual' });
    const id = new URL(answer.headers.get('location')).searchParams.get('id');
    const status = await fetch(`${this.gatewayUrl}/api/payment-status.php?payment_id=${id}`);
    return (await status.json()).payment;
  }

  /** What the webhook script wrote down, oldest first. */
  async webhooks() {
    const log = join(this.#folder, 'shop', 'webhooks.jsonl');
    const text = await readFile(log, 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter((line) => line)
      .map((line) => JSON.parse(line));
  }

  async close() {
    for (const program of this.#programs.reverse()) await program.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #start(...program) {
    const started = await Program.start(...program);
    this.#programs.push(started);
    return started;
  }

  /** A gateway takes orders once it has found the chain. */
  async #chainRead() {
    for (;;) {
      const health = await (await fetch(`${this.gatewayUrl}/healthz`)).json();
      if (health.chains.simulated.solid_block !== null) return;
    }
  }
}

/**
 * A port that stays free until the gateway listens, and while it is started again: below those that
 * connections get, and in each process another one first.
 */
async function freePort() {
  for (let port = LOWEST_PORT + (process.pid % PORTS); ; port += 1) {
    const server = createServer();
    const isFree = await new Promise((resolve) => {
      server.on('listening', () => resolve(true)).on('error', () => resolve(false));
      server.listen(port, '127.0.0.1');
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}
