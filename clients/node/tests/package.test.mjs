// The package itself: what it holds, what it needs, and that its edge build needs nothing of Node.js.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { EdgeVM } from '@edge-runtime/vm';

import { BUILDS } from './builds.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PACKAGE = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

test('it depends on nothing, and tells its version', () => {
  for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies']) {
    assert.equal(PACKAGE[kind], undefined);
  }
  for (const { VERSION } of Object.values(BUILDS)) assert.equal(VERSION, PACKAGE.version);
});

test('ESM and CommonJS export the same', () => {
  assert.deepEqual(Object.keys(BUILDS.esm).sort(), Object.keys(BUILDS.cjs).sort());
  const { edge, esm } = BUILDS;
  const onlyNode = Object.keys(esm).filter((name) => !(name in edge));
  assert.deepEqual(onlyNode.sort(), ['keepRawBody', 'webhookHandler', 'webhookPlugin']);
});

test('each name of the package leads to its build', () => {
  const resolve = (name, ...options) =>
    execFileSync(
      process.execPath,
      [
        ...options,
        '--input-type=module',
        '-e',
        `
        import { createRequire } from 'node:module';
        const library = await import('${name}');
        console.log(library.Webhook.prototype.verify.constructor.name, createRequire('${ROOT}')('${name}').Webhook.prototype.verify.constructor.name);
      `,
      ],
      { cwd: ROOT, encoding: 'utf8' },
    ).trim();
  assert.equal(resolve('usdt-client'), 'Function Function');
  assert.equal(resolve('usdt-client/edge'), 'AsyncFunction AsyncFunction');
  for (const condition of ['edge-light', 'workerd']) {
    assert.equal(
      resolve('usdt-client', `--conditions=${condition}`),
      'AsyncFunction AsyncFunction',
    );
  }
});

test('the edge build runs in an edge runtime', async () => {
  const vm = new EdgeVM();
  const loaded = new Map();
  const load = (path) => {
    if (!loaded.has(path)) {
      const module = { exports: {} };
      loaded.set(path, module);
      const wrapped = `(function (exports, require, module) {${readFileSync(path, 'utf8')}\n})`;
      const require = (name) => {
        assert.match(name, /^\.\//, 'nothing but the package itself');
        return load(join(dirname(path), name));
      };
      vm.evaluate(wrapped)(module.exports, require, module);
    }
    return loaded.get(path).exports;
  };
  const edge = load(join(ROOT, 'dist/cjs/edge.js'));
  assert.equal(vm.evaluate('typeof process'), 'undefined');
  const body = '{"payment_id":7,"order_id":"ü","status":"paid","amount":"50.00"}';
  const signature = createHmac('sha256', 'sk_test_1').update(body).digest('hex');
  vm.context.given = { edge, body, signature };
  const seen = await vm.evaluate(`(async () => {
    const { Webhook, SignatureError, webhookRoute } = given.edge;
    const webhook = new Webhook('sk_test_1');
    const headers = new Headers({ 'X-Signature': given.signature });
    const event = await webhook.verify(new TextEncoder().encode(given.body), headers);
    const refused = await webhook.verify(given.body + ' ', headers).catch((error) => error instanceof SignatureError);
    const route = webhookRoute(webhook, () => {});
    const request = (more) => new Request('https://shop.example/', { method: 'POST', headers, body: given.body + more });
    const statuses = [(await route(request(''))).status, (await route(request(' '))).status];
    return JSON.stringify([event.isPaid, event.orderId, refused, statuses]);
  })()`);
  assert.deepEqual(JSON.parse(seen), [true, 'ü', true, [200, 401]]);
});

test('the package holds the builds, their types, the licences and nothing else', () => {
  const listed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const files = JSON.parse(listed)[0].files.map(({ path }) => path);
  const other = files.filter((path) => !/^dist\/(esm|cjs)\/[a-z-]+\.(js|d\.ts)$/.test(path)).sort();
  assert.deepEqual(other, [
    'LICENSE-APACHE',
    'LICENSE-MIT',
    'README.md',
    'dist/cjs/package.json',
    'dist/esm/package.json',
    'package.json',
  ]);
  const sources = readdirSync(join(ROOT, 'src')).map((name) => name.replace('.ts', ''));
  for (const folder of ['esm', 'cjs']) {
    for (const source of sources) {
      for (const ending of ['js', 'd.ts'])
        assert.ok(files.includes(`dist/${folder}/${source}.${ending}`));
    }
  }
});
