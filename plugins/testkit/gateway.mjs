// A gateway on a simulated chain, and the way of its webhooks to the shop under test.

import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

import { GATEWAY, Program } from '../../tests/browser/program.mjs';

const HEADERS = ['x-signature', 'webhook-id', 'webhook-timestamp', 'webhook-signature'];

export class TestGateway {
  /** What becomes of a webhook on its way: it comes so often at once, or the shop is down. */
  way = { times: 1 };
  /** Each webhook that was on its way, with the shop's `statuses` and its `raw` body. */
  told = [];
  /** Where the shop takes webhooks. */
  shop;

  static async start(shop) {
    const gateway = new TestGateway();
    gateway.shop = shop;
    await gateway.#start();
    return gateway;
  }

  async #start() {
    this.relay = createServer(async (request, response) => {
      const body = await text(request);
      const headers = Object.fromEntries(HEADERS.map((name) => [name, request.headers[name]]));
      const statuses = this.way.isDown
        ? []
        : await Promise.all(Array.from({ length: this.way.times }, () => this.post(body, headers)));
      response.writeHead(statuses.some((status) => status === 200) ? 200 : 503).end();
      this.told.push({ ...JSON.parse(body), raw: body, headers, statuses });
    });
    this.relay.listen(0, '127.0.0.1').unref();
    await once(this.relay, 'listening');
    this.webhookUrl = `http://127.0.0.1:${this.relay.address().port}/`;
    const options = ['demo', '--json', '--listen', '127.0.0.1:0', '--webhook-url', this.webhookUrl];
    this.program = await Program.start(GATEWAY, options, /^\{.*\}$/m);
    const kit = JSON.parse(this.program.ready[0]);
    Object.assign(this, { url: kit.base_url, key: kit.api_key, secret: kit.api_secret });
  }

  async close() {
    await this.program.stop();
    this.relay.close();
  }

  sign(body) {
    return createHmac('sha256', this.secret).update(body).digest('hex');
  }

  /** Posts a webhook to the shop as the gateway does, and returns the status. */
  async post(body, headers = { 'x-signature': this.sign(body) }, shop = this.shop) {
    const sent = { 'content-type': 'application/json', ...headers };
    try {
      const answer = await fetch(shop, { method: 'POST', body, headers: sent, redirect: 'manual' });
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      // The shop broke off.
      return 0;
    }
  }

  async api(method, path, body) {
    const bytes = body === undefined ? '' : JSON.stringify(body);
    const signed = method === 'GET' ? (path.split('?')[1] ?? '') : bytes;
    const answer = await fetch(this.url + path, {
      method,
      headers: { 'content-type': 'application/json', 'x-api-key': this.key, 'x-signature': this.sign(signed) },
      ...(body === undefined ? {} : { body: bytes }),
    });
    const json = await answer.json();
    if (!json.ok) throw new Error(JSON.stringify(json));
    return json;
  }

  /** Pays on the chain, waits until the gateway has told it, and returns the webhook. */
  async pay(paymentId, how = { case: 'exact' }) {
    const before = this.told.length;
    await this.api('POST', '/api/v1/test/pay', { payment_id: Number(paymentId), ...how });
    return until(() => this.told.slice(before).find((one) => String(one.payment_id) === String(paymentId)));
  }

  /** Lets the time of a payment end. */
  async letExpire(paymentId) {
    await this.api('POST', '/api/v1/test/time', { seconds: 3600 });
    await until(async () => (await this.status(paymentId)).status === 'expired');
  }

  /** The payment as everybody may see it. */
  async status(paymentId) {
    const answer = await fetch(`${this.url}/api/payment-status.php?payment_id=${paymentId}`);
    return (await answer.json()).payment;
  }
}

/** Waits for what must come. */
export async function until(look) {
  const end = Date.now() + 30_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`it did not come: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function text(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
