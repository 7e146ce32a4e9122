// Steers a gateway on a simulated chain for tests in another language, by calls to a port of this machine.
//
//   node driver.mjs
//
// README.md has its calls. It ends, and the gateway with it, when its standard input ends.

import { once } from 'node:events';
import { createServer } from 'node:http';

import { TestGateway } from './gateway.mjs';

const gateway = await TestGateway.start();

const CALLS = {
  shop: ({ url }) => void (gateway.shop = url),
  way: (way) => void (gateway.way = way),
  told: () => gateway.told,
  pay: ({ payment_id, ...how }) => gateway.pay(payment_id, Object.keys(how).length ? how : undefined),
  expire: ({ payment_id }) => gateway.letExpire(payment_id),
};

const control = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    const call = CALLS[request.url.slice(1)];
    const answer = await call(JSON.parse(Buffer.concat(chunks).toString() || '{}'));
    response.writeHead(200).end(JSON.stringify(answer ?? null));
  } catch (error) {
    response.writeHead(500).end(JSON.stringify(String(error?.stack ?? error)));
  }
});
control.listen(0, '127.0.0.1');
await once(control, 'listening');

async function end() {
  await gateway.close();
  process.exit(0);
}
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, end);
process.stdin.on('end', end).on('close', end).on('error', end).resume();

console.log(
  JSON.stringify({
    gateway: gateway.url,
    api_key: gateway.key,
    api_secret: gateway.secret,
    webhook_url: gateway.webhookUrl,
    control: `http://127.0.0.1:${control.address().port}`,
  }),
);
