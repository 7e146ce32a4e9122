// Starts a gateway on a simulated chain, and a proxy in front of it that makes the faults it is told.
//
//   node gateway.mjs [--webhook-url URL]
//
// It prints one line of JSON when both are ready:
//
//   {"gateway": URL, "proxy": URL, "node": URL, "api_key": "pk_test_…", "api_secret": "sk_test_…"}
//
// It ends, and the gateway with it, when its standard input ends or a SIGTERM comes. `USDT_GATEWAY` names
// the gateway's program. What the proxy can do is in README.md.

import { parseArgs } from 'node:util';

import { GATEWAY, Program } from '../../tests/browser/program.mjs';
import { startProxy } from './proxy.mjs';

const { values } = parseArgs({ options: { 'webhook-url': { type: 'string' } } });
const webhook = values['webhook-url'] ? ['--webhook-url', values['webhook-url']] : [];
const program = await Program.start(
  GATEWAY,
  ['demo', '--json', '--listen', '127.0.0.1:0', ...webhook],
  /^\{.*\}$/m,
);

async function end() {
  await program.stop();
  process.exit(0);
}
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, end);
process.stdin.on('end', end).on('close', end).on('error', end).resume();

const { base_url, node_url, api_key, api_secret } = JSON.parse(program.ready[0]);
const proxy = await startProxy(base_url);
console.log(
  JSON.stringify({ gateway: base_url, proxy: proxy.url, node: node_url, api_key, api_secret }),
);
