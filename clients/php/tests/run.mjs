// Runs the tests in this machine's PHP, and in each version of the folder `versions` that is installed, two at a time.
//
//   node run.mjs [--only native] [--only 7.4]… [WORD]

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { VERSIONS, isInstalled } from './php-wasm.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

const { values, positionals } = parseArgs({ options: { only: { type: 'string', multiple: true } }, allowPositionals: true });
const suite = at('suite.php');
const certificate = makeCertificate();
// Here the certificate below is trusted, and in the other versions it is not.
const trusting = ['-d', `curl.cainfo=${certificate.file}`, '-d', `openssl.cafile=${certificate.file}`];
const elsewhere = { ...(await startTls()), silent: await startSilent() };
const runs = [
  ['native', 'php', [...trusting, suite]],
  ...VERSIONS.filter(isInstalled).map((version) => {
    const paths = [at('..'), at('../../vectors.json')];
    return [version, process.execPath, [at('php-wasm.mjs'), version, suite, ...paths]];
  }),
].filter(([version]) => !values.only || values.only.includes(version));

let failed = runs.length === 0;
async function work() {
  for (let run = runs.shift(); run; run = runs.shift()) {
    const [version, command, options] = run;
    const { isGood, output } = await runSuite(command, options);
    console.log(`\nusdt-client in PHP, ${version}\n${output.trimEnd()}`);
    if (!isGood) failed = true;
  }
}
await Promise.all([work(), work()]);
for (const version of VERSIONS.filter((one) => !isInstalled(one))) {
  console.log(`\nPHP ${version} is not there, and so not tested: npm ci in the folder versions brings it`);
}
rmSync(certificate.folder, { recursive: true });
process.exit(failed ? 1 : 0);

/** Each run has a gateway of its own, since tests let its time pass. */
async function runSuite(command, options) {
  const receiver = await startReceiver();
  const program = at('../../testkit/gateway.mjs');
  const gateway = spawn(process.execPath, [program, '--webhook-url', `${receiver}/webhook`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await Promise.race([
    once(createInterface(gateway.stdout), 'line'),
    once(gateway, 'exit').then(() => Promise.reject(new Error('the gateway did not start'))),
  ]);
  const kit = JSON.stringify({ ...JSON.parse(line), ...elsewhere, receiver });
  const env = { ...process.env, KIT: kit, WORD: positionals[0] ?? '' };
  const child = spawn(command, options, { stdio: ['ignore', 'pipe', 'pipe'], env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const [code] = await once(child, 'close');
  gateway.stdin.end();
  await once(gateway, 'exit');
  return { isGood: code === 0, output };
}

/** Keeps the webhooks that come, and tells them. */
async function startReceiver() {
  const webhooks = [];
  const server = createServer(async (request, response) => {
    if (request.url === '/_webhooks') return response.end(JSON.stringify({ webhooks }));
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    webhooks.push({ headers: request.headers, body: Buffer.concat(chunks).toString('base64') });
    return response.end();
  });
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  return `http://127.0.0.1:${server.address().port}`;
}

/** Of `localhost`, by itself. */
function makeCertificate() {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  const [key, file] = ['key.pem', 'certificate.pem'].map((name) => join(folder, name));
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', ['req', '-x509', ...curve, '-days', '1', ...names, '-keyout', key, '-out', file], { stdio: 'ignore' });
  return { folder, key, file };
}

/** Answers over TLS. */
async function startTls() {
  const options = { key: readFileSync(certificate.key), cert: readFileSync(certificate.file) };
  const body = JSON.stringify({ ok: false, error: 'over TLS', code: 'over_tls' });
  const server = createTlsServer(options, (request, response) => {
    // In chunks, since it has no length.
    response.writeHead(404, { 'content-type': 'application/json' });
    for (const half of [body.slice(0, 9), body.slice(9)]) response.write(half);
    response.end();
  });
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  const { port } = server.address();
  return { tls: `https://localhost:${port}`, tls_of_another_name: `https://127.0.0.1:${port}` };
}

/** Takes connections and says nothing. */
async function startSilent() {
  const server = createTcpServer().listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  return `https://127.0.0.1:${server.address().port}`;
}
