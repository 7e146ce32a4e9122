// The helpers in a real application of Next.js: App Router on Node.js and on the edge, and Pages.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('next', import.meta.url));
const NEXT = join(ROOT, 'node_modules/next/dist/bin/next');
const OPTIONS = {
  cwd: ROOT,
  env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' },
};
const ROUTES = ['/webhook', '/edge', '/api/webhook'];

const sign = (body) => createHmac('sha256', 'sk_test_1').update(body).digest('hex');
const paid = (orderId) =>
  JSON.stringify({ payment_id: 7, order_id: orderId, status: 'paid', amount: '50.00' });

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

test('Next.js', async (t) => {
  const built = spawnSync(process.execPath, [NEXT, 'build'], { ...OPTIONS, encoding: 'utf8' });
  assert.equal(built.status, 0, built.stdout + built.stderr);
  const port = await freePort();
  const server = spawn(process.execPath, [NEXT, 'start', '-p', String(port), '-H', '127.0.0.1'], {
    ...OPTIONS,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  t.after(async () => {
    server.kill();
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
  });
  for await (const data of server.stdout) if (String(data).includes('Ready')) break;
  const post = async (route, body, signature = sign(body)) => {
    const headers = { 'Content-Type': 'application/json', 'X-Signature': signature };
    return (await fetch(`http://127.0.0.1:${port}${route}`, { method: 'POST', body, headers }))
      .status;
  };
  for (const route of ROUTES) {
    assert.equal(await post(route, paid('ü')), 200, route);
    assert.equal(await post(route, '{"type":"test"}'), 202, route);
    assert.equal(await post(route, paid('ü'), sign('')), 401, route);
    assert.equal(await post(route, `${paid('ü')} `, sign(paid('ü'))), 401, route);
    assert.equal(await post(route, paid('unlucky')), 500, route);
    assert.equal(await post(route, 'x'.repeat(70_000), sign('')), 413, route);
    assert.equal((await fetch(`http://127.0.0.1:${port}${route}`)).status, 405, route);
  }
});
