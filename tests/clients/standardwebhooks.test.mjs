// Webhooks as the libraries of Standard Webhooks take them, of two languages.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Webhook } from 'standardwebhooks';

import { Demo } from '../browser/demo.mjs';
import { GATEWAY, run } from '../browser/program.mjs';
import { PYTHON, documented } from './payer.mjs';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const VERIFY = join(FOLDER, 'standardwebhooks_verify.py');

/** A merchant's receiver, which keeps what comes. */
async function receive(test) {
  const came = [];
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    came.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    response.end();
    server.emit('webhook');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  test.after(() => server.close());
  return {
    url: `http://127.0.0.1:${server.address().port}/hook`,
    /** The one that is number so many. */
    async webhook(number) {
      while (came.length < number) await once(server, 'webhook');
      return came[number - 1];
    },
  };
}

/** What each library says of a webhook: what it holds, or that it is refused. */
async function verify({ headers, body }, secret) {
  let node;
  try {
    node = new Webhook(`whsec_${Buffer.from(secret).toString('base64')}`).verify(body, headers);
  } catch (error) {
    node = error.constructor.name;
  }
  const python = JSON.parse(await run(PYTHON, [VERIFY, secret, body, JSON.stringify(headers)]));
  return { node, python };
}

const REFUSED = { node: 'WebhookVerificationError', python: 'WebhookVerificationError' };

async function assertSound(webhook, secrets) {
  const event = JSON.parse(webhook.body);
  for (const secret of secrets) {
    assert.deepEqual(await verify(webhook, secret), { node: event, python: event });
    const altered = { ...webhook, body: webhook.body.replace('"50.00"', '"90.00"') };
    assert.notEqual(altered.body, webhook.body);
    assert.deepEqual(await verify(altered, secret), REFUSED);
    const replayed = {
      ...webhook,
      headers: { ...webhook.headers, 'webhook-id': 'evt_00000000000000000000000000000000' },
    };
    assert.deepEqual(await verify(replayed, secret), REFUSED);
  }
  assert.deepEqual(await verify(webhook, 'sk_test_other'), REFUSED);
}

test('webhooks are verified by the libraries of Standard Webhooks, also while a secret is rotated', async (t) => {
  const data = await mkdtemp(join(tmpdir(), 'standardwebhooks-'));
  t.after(() => rm(data, { recursive: true }));
  const receiver = await receive(t);
  const demo = await Demo.start(['--webhook-url', receiver.url, '--data', data]);
  t.after(() => demo.stop());
  const { secret } = demo.keys;
  await demo.chain.settle(await demo.createPayment());
  const first = await receiver.webhook(1);
  await assertSound(first, [secret]);
  const node = `${documented('standard.mjs')}
    const [body, headers] = process.argv.slice(1);
    console.log(JSON.stringify(verifier.verify(body, JSON.parse(headers))));`;
  const python = [
    documented('standard.py'),
    'import json, sys',
    'print(json.dumps(verifier.verify(sys.argv[1], json.loads(sys.argv[2]))))',
  ];
  for (const [program, ...sample] of [
    [process.execPath, '--input-type=module', '--eval', node],
    [PYTHON, '-c', python.join('\n')],
  ]) {
    const said = await run(program, [...sample, first.body, JSON.stringify(first.headers)], {
      cwd: FOLDER,
      env: { ...process.env, API_SECRET: secret },
    });
    assert.deepEqual(JSON.parse(said), JSON.parse(first.body));
  }

  const config = join(data, 'gateway.toml');
  const settings = [
    'listen = "127.0.0.1:0"',
    'public_url = "http://127.0.0.1"',
    `data_dir = ${JSON.stringify(data)}`,
    '[test_chain]',
    `nodes = [{ url = ${JSON.stringify(demo.chain.url)} }]`,
  ];
  await writeFile(config, settings.join('\n'));
  const rotate = ['project', 'rotate-secret', '1', '--json', '--config', config];
  const { api_secret: next } = JSON.parse(await run(GATEWAY, rotate));
  // A test of many payments lets the demo's time run ahead. That of the webhooks stays the receivers' own.
  for (let minutes = 0; minutes < 8; minutes += 1) await demo.passMinute();
  await demo.chain.settle(await demo.createPayment());
  const second = await receiver.webhook(2);
  assert.equal(second.headers['webhook-signature'].split(' ').length, 2);
  await assertSound(second, [secret, next]);
  assert.deepEqual(await verify(first, next), REFUSED);
});
