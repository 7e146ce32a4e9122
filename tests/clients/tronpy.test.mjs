// Payments with tronpy, as merchants' and traders' programs use it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { TronWeb } from 'tronweb';

import { run } from '../browser/program.mjs';
import {
  ENERGY,
  FEE_LIMIT,
  PYTHON,
  USDT,
  documented,
  fund,
  micro,
  open,
  openStrict,
  samplesEnvironment,
  settle,
} from './payer.mjs';

const WALLET = fileURLToPath(new URL('tronpy_wallet.py', import.meta.url));

class Wallet {
  #demo;
  #key;

  /** A new account of its own. */
  static async open(demo) {
    const wallet = new Wallet();
    wallet.#demo = demo;
    const { privateKey, address } = await TronWeb.createAccount();
    wallet.#key = privateKey;
    wallet.address = address.base58;
    return wallet;
  }

  pay({ address, pay_amount: amount }) {
    return this.#do('pay', USDT, address, String(micro(amount)), String(FEE_LIMIT));
  }

  look(txid) {
    return this.#do('look', USDT, txid);
  }

  async #do(...words) {
    return JSON.parse(await run(PYTHON, [WALLET, this.#demo.chain.url, this.#key, ...words]));
  }
}

test('tronpy: functions.transfer() pays a payment', async (t) => {
  const demo = await openStrict(t);
  const wallet = await Wallet.open(demo);
  await fund(demo, wallet.address, { sun: FEE_LIMIT, energy: ENERGY, usdt: '60' });
  const payment = await demo.createPayment();
  const { txid, ...refused } = await wallet.pay(payment);
  assert.deepEqual(refused, {});
  await settle(demo, payment, txid);

  const { bandwidth, ...seen } = await wallet.look(txid);
  assert.ok(bandwidth > 0 && bandwidth < 600, `${bandwidth}`);
  const paid = Number(micro(payment.pay_amount));
  assert.deepEqual(seen, {
    symbol: 'USDT',
    usdt: 60_000_000 - paid,
    trx: '30',
    energy_limit: ENERGY,
    result: 'SUCCESS',
    message: null,
    events: [{ from: wallet.address, to: payment.address, value: paid }],
  });
});

test('tronpy: an account that does not exist, or has no bandwidth, is told so', async (t) => {
  const demo = await openStrict(t);
  const wallet = await Wallet.open(demo);
  assert.deepEqual(await wallet.pay(await demo.createPayment()), {
    error: 'ValidationError',
    message: `Contract validate error : account [${wallet.address}] does not exist`,
  });
  await fund(demo, wallet.address, { energy: ENERGY, usdt: '200' });
  assert.ok((await wallet.pay(await demo.createPayment())).txid);
  await demo.chain.mine(1);
  const { message } = await wallet.pay(await demo.createPayment());
  assert.match(message, /Account resource insufficient error\..*BANDWITH_ERROR/);
});

test('tronpy: too little USDT or TRX shows in the receipt, and pays nothing', async (t) => {
  const demo = await openStrict(t);
  for (const [funds, result, message] of [
    [{ sun: FEE_LIMIT, usdt: '49' }, 'REVERT', 'REVERT opcode executed'],
    [{ sun: 1_000_000, usdt: '60' }, 'OUT_OF_ENERGY', /^Not enough energy/],
  ]) {
    const wallet = await Wallet.open(demo);
    await fund(demo, wallet.address, funds);
    const payment = await demo.createPayment();
    const { txid } = await wallet.pay(payment);
    await demo.chain.mine(1);
    const seen = await wallet.look(txid);
    assert.equal(seen.result, result);
    assert.match(seen.message, new RegExp(message));
    assert.deepEqual(seen.events, []);
    assert.equal((await demo.status(payment)).status, 'pending');
  }
});

test('tronpy: the sample in the docs pays a payment', async (t) => {
  const demo = await open(t);
  const payment = await demo.createPayment();
  const env = samplesEnvironment(demo, payment);
  const output = await run(PYTHON, ['-c', documented('pay.py')], { env });
  await settle(demo, payment, output.trim());
});
