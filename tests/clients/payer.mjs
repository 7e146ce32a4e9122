// What the clients' tests start from: a demo of their own, and the end of a payment.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { Demo } from '../browser/demo.mjs';

const DOCS = ['reference.md', 'webhooks.md']
  .map((name) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8'))
  .join('\n');

/** The Python that has the packages: the one that `cargo xtask` names. */
export const PYTHON =
  process.env.CLIENTS_PYTHON ?? fileURLToPath(new URL('.venv/bin/python', import.meta.url));

/** The contract of USDT on the main network, and of the simulated one. */
export const USDT = 'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t';

/** In sun: what a transfer costs at most. */
export const FEE_LIMIT = 30_000_000;

/** The energy of one transfer after the other to a recipient without USDT. */
export const ENERGY = 300_000;

/** A gateway with a simulated chain, which nothing else moves. */
export async function open(test) {
  const demo = await Demo.start();
  test.after(() => demo.stop());
  return demo;
}

/** The same, on whose chain nobody has what was not given. */
export async function openStrict(test) {
  const demo = await open(test);
  await demo.chain.enforceFunds();
  return demo;
}

/** An account that has what is given, which a block has taken. */
export async function fund(demo, account, what) {
  await demo.chain.fund(account, what);
  await demo.chain.mine(1);
}

/** An amount with six decimals in millionths, as contracts count. */
export function micro(amount) {
  return BigInt(amount.replace('.', ''));
}

/** A sample of docs/reference.md or docs/webhooks.md, which begins with a comment that names it. */
export function documented(name) {
  const blocks = DOCS.split('```').filter((_, position) => position % 2 === 1);
  const found = blocks.map((block) => block.slice(block.indexOf('\n') + 1)).filter((code) =>
    code.slice(0, code.indexOf('\n')).includes(` ${name}: `),
  );
  assert.equal(found.length, 1, `the documents have ${name}`);
  return found[0];
}

/** What a sample needs to pay a payment of a demo. */
export function samplesEnvironment(demo, payment) {
  const own = { GATEWAY: demo.baseUrl, NODE: demo.chain.url, ID: String(payment.payment_id) };
  return { ...process.env, ...own };
}

/** Makes the transaction final, which pays the payment. */
export async function settle(demo, payment, txid) {
  await demo.chain.mine(20);
  const url = `${demo.baseUrl}/api/payment-status.php?payment_id=${payment.payment_id}&wait=5`;
  let found;
  do {
    ({ payment: found } = await (await fetch(url)).json());
  } while (found.status === 'pending');
  assert.deepEqual(
    [found.status, found.received_amount, found.txid],
    ['paid', payment.pay_amount, txid],
  );
}
