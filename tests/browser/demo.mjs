// `usdt-gateway demo`, with its chain paused, as a merchant's server sees it.

import { createHmac, randomUUID } from 'node:crypto';

import { Chain } from './chain.mjs';
import { GATEWAY, Program } from './program.mjs';

/** In milliseconds. At twice as much no payments are taken. */
const MOST_BEHIND = 300_000;

export class Demo {
  #program;
  #ready;

  static async start(options = []) {
    const demo = new Demo();
    const args = ['demo', '--json', '--listen', '127.0.0.1:0', ...options];
    demo.#program = await Program.start(GATEWAY, args, /^\{.*\}$/m);
    demo.#ready = JSON.parse(demo.#program.ready[0]);
    demo.chain = new Chain(demo.#ready.node_url);
    await demo.chain.pause();
    return demo;
  }

  get baseUrl() {
    return this.#ready.base_url;
  }

  get thanks() {
    return `${this.baseUrl}/demo/thanks`;
  }

  get cancelled() {
    return `${this.baseUrl}/demo/cancelled`;
  }

  get keys() {
    return { key: this.#ready.api_key, secret: this.#ready.api_secret };
  }

  /** Creates a payment with a signed request. */
  async createPayment(fields = {}) {
    await this.#catchUp();
    const body = JSON.stringify({
      order_id: randomUUID(),
      amount: '50.00',
      success_url: this.thanks,
      fail_url: this.cancelled,
      ...fields,
    });
    const { key, secret } = this.keys;
    const answer = await fetch(`${this.baseUrl}/api/create-payment.php`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'X-API-Key': key,
        'X-Signature': createHmac('sha256', secret).update(body).digest('hex'),
      },
      body,
    });
    const result = await answer.json();
    if (!result.ok) throw new Error(result.error);
    return result.payment;
  }

  /** The public view of a payment. */
  async status(payment) {
    const url = `${this.baseUrl}/api/payment-status.php?payment_id=${payment.payment_id}`;
    return (await (await fetch(url)).json()).payment;
  }

  /** The newest block that the gateway has read as final. */
  async solidBlockRead() {
    return (await this.#health()).chains.simulated.solid_block;
  }

  /** Lets a minute of the chain's time pass, and so of every limit, and be read. */
  passMinute() {
    return this.mineAndRead(21);
  }

  /** Mines blocks, and waits until the gateway has read what is final of them. */
  async mineAndRead(blocks) {
    const { head } = await this.chain.mine(blocks);
    while ((await this.solidBlockRead()) < head - 19) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  stop() {
    return this.#program.stop();
  }

  /**
   * Where an earlier test has mined many blocks at once, or nothing was mined for long, the gateway is
   * behind the chain or the chain behind the time, and no payments are taken.
   */
  async #catchUp() {
    const { server_time: now, chains } = await this.#health();
    const behind = Date.parse(now) - Date.parse(chains.simulated.solid_time);
    if (behind > MOST_BEHIND) await this.passMinute();
  }

  async #health() {
    return (await fetch(`${this.baseUrl}/healthz`)).json();
  }
}
