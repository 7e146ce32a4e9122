// Payments with tronweb, as shops and wallets use it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { TronWeb } from 'tronweb';

import { run } from '../browser/program.mjs';
import {
  ENERGY,
  FEE_LIMIT,
  USDT,
  documented,
  fund,
  micro,
  open,
  openStrict,
  samplesEnvironment,
  settle,
} from './payer.mjs';

/** tronweb with a new account of its own. */
async function wallet(demo) {
  const { privateKey } = await TronWeb.createAccount();
  const tronWeb = new TronWeb({ fullHost: demo.chain.url, privateKey });
  return { tronWeb, address: tronWeb.defaultAddress.base58 };
}

async function transfer(tronWeb, payment) {
  const contract = await tronWeb.contract().at(USDT);
  return contract.transfer(payment.address, micro(payment.pay_amount)).send({ feeLimit: FEE_LIMIT });
}

test('tronweb: contract.transfer().send() pays a payment', async (t) => {
  const demo = await openStrict(t);
  const { tronWeb, address } = await wallet(demo);
  await fund(demo, address, { sun: FEE_LIMIT, usdt: '60' });
  const payment = await demo.createPayment();
  const contract = await tronWeb.contract().at(USDT);
  assert.equal(await contract.symbol().call(), 'USDT');
  assert.equal(await contract.balanceOf(address).call(), 60_000_000n);

  const txid = await transfer(tronWeb, payment);
  await settle(demo, payment, txid);

  const paid = micro(payment.pay_amount);
  assert.equal(await contract.balanceOf(payment.address).call(), paid);
  const { receipt, fee } = await tronWeb.trx.getTransactionInfo(txid);
  assert.equal(receipt.result, 'SUCCESS');
  assert.equal(await tronWeb.trx.getBalance(), FEE_LIMIT - fee);
  const account = await tronWeb.trx.getAccount();
  assert.equal(account.address, tronWeb.defaultAddress.hex.toLowerCase());
  const { freeNetLimit, freeNetUsed } = await tronWeb.trx.getAccountResources();
  assert.equal(freeNetLimit, 600);
  assert.ok(freeNetUsed > 0 && freeNetUsed <= receipt.net_usage, `${freeNetUsed}`);

  const { data: events } = await tronWeb.event.getEventsByTransactionID(txid);
  assert.equal(events.length, 1);
  assert.equal(events[0].event_name, 'Transfer');
  assert.equal(events[0].result.value, String(paid));
  assert.equal(TronWeb.address.fromHex(events[0].result.to), payment.address);
  const { data: newest } = await tronWeb.event.getEventsByContractAddress(USDT, { limit: 1 });
  assert.deepEqual(newest, events);
});

test('tronweb: a transaction made on the spot and sent in hex pays a payment', async (t) => {
  const demo = await openStrict(t);
  const { tronWeb, address } = await wallet(demo);
  await fund(demo, address, { sun: FEE_LIMIT, usdt: '60' });
  const payment = await demo.createPayment();
  const parameters = [
    { type: 'address', value: payment.address },
    { type: 'uint256', value: micro(payment.pay_amount) },
  ];
  const call = [USDT, 'transfer(address,uint256)'];
  const { energy_required: energy } = await tronWeb.transactionBuilder.estimateEnergy(
    ...call,
    {},
    parameters,
  );
  const prices = await tronWeb.trx.getChainParameters();
  const { value: price } = prices.find(({ key }) => key === 'getEnergyFee');
  const options = { feeLimit: energy * price, txLocal: true };
  const { transaction } = await tronWeb.transactionBuilder.triggerSmartContract(
    ...call,
    options,
    parameters,
  );
  const { raw_data_hex: raw, txID: txid, signature } = await tronWeb.trx.sign(transaction);
  const length = raw.length / 2 - 0x80;
  const hex = `0a${(length | 0x80).toString(16)}01${raw}1241${signature[0]}`;
  const answer = await tronWeb.trx.sendHexTransaction(hex);
  assert.deepEqual([answer.result, answer.txid], [true, txid], JSON.stringify(answer));
  await settle(demo, payment, txid);
});

test('tronweb: an account that does not exist is told so', async (t) => {
  const demo = await openStrict(t);
  const { tronWeb, address } = await wallet(demo);
  assert.equal(await tronWeb.trx.getBalance(), 0);
  await assert.rejects(transfer(tronWeb, await demo.createPayment()), {
    error: 'CONTRACT_VALIDATE_ERROR',
    message: `Contract validate error : account [${address}] does not exist`,
  });
});

test('tronweb: an account without bandwidth is told so', async (t) => {
  const demo = await openStrict(t);
  const { tronWeb, address } = await wallet(demo);
  await fund(demo, address, { energy: ENERGY, usdt: '200' });
  await transfer(tronWeb, await demo.createPayment());
  await demo.chain.mine(1);
  await assert.rejects(transfer(tronWeb, await demo.createPayment()), {
    error: 'BANDWITH_ERROR',
    message: 'Account resource insufficient error.',
  });
});

test('tronweb: too little USDT or TRX shows in the receipt, and pays nothing', async (t) => {
  const demo = await openStrict(t);
  for (const [funds, result] of [
    [{ sun: FEE_LIMIT, usdt: '49' }, 'REVERT'],
    [{ sun: 1_000_000, usdt: '60' }, 'OUT_OF_ENERGY'],
  ]) {
    const { tronWeb, address } = await wallet(demo);
    await fund(demo, address, funds);
    const payment = await demo.createPayment();
    const txid = await transfer(tronWeb, payment);
    await demo.mineAndRead(20);
    const info = await tronWeb.trx.getTransactionInfo(txid);
    assert.deepEqual([info.result, info.receipt.result], ['FAILED', result]);
    assert.equal((await demo.status(payment)).status, 'pending');
  }
});

test('tronweb: the sample in the docs pays a payment', async (t) => {
  const demo = await open(t);
  const payment = await demo.createPayment();
  const output = await run(
    process.execPath,
    ['--input-type=module', '--eval', documented('pay.mjs')],
    {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      env: samplesEnvironment(demo, payment),
    },
  );
  await settle(demo, payment, output.trim());
});
