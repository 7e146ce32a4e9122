// PHP of any version, as WebAssembly: runs one script of this machine's files, with sockets that reach it.
//
//   node php-wasm.mjs VERSION SCRIPT PATH…
//
// The script finds the paths under their own names, and `KIT` and `WORD` in its environment.

import { once } from 'node:events';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const folder = new URL('versions/', import.meta.url);
const require = createRequire(new URL('package.json', folder));
const load = (name) => import(pathToFileURL(require.resolve(name)));

/** What comes before each message of PHP's sockets: bytes to send, or an option of the socket. */
const BYTES = 1;

/** The versions that `npm ci` in the folder `versions` brings, such as `7.4`. */
export const VERSIONS = Object.keys(JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')).devDependencies)
  .map((name) => /^@php-wasm\/node-(\d+)-(\d+)$/.exec(name))
  .filter(Boolean)
  .map(([, major, minor]) => `${major}.${minor}`);

export function isInstalled(version) {
  try {
    return Boolean(require.resolve(packageOf(version)));
  } catch {
    return false;
  }
}

/** Runs a script to its end, and returns its exit code. */
async function run(version, script, ...paths) {
  const { PHP, loadPHPRuntime } = await load('@php-wasm/universal');
  const { getPHPLoaderModule } = await load(packageOf(version));
  const url = await startSockets();
  const websocket = {
    url: (_, host, port) => `${url}/?${new URLSearchParams({ host, port })}`,
    subprotocol: 'binary',
    decorator: marked,
  };
  const php = new PHP(await loadPHPRuntime(await getPHPLoaderModule(), { websocket }));
  for (const path of paths) copy(php, path);
  php.setSapiName('cli');
  const answer = await php.runStream({ scriptPath: script, env: { KIT: process.env.KIT, WORD: process.env.WORD } });
  const print = (stream) => new WritableStream({ write: (chunk) => void stream.write(chunk) });
  await Promise.all([answer.stdout.pipeTo(print(process.stdout)), answer.stderr.pipeTo(print(process.stderr))]);
  return answer.exitCode;
}

function packageOf(version) {
  return `@php-wasm/node-${version.replace('.', '-')}`;
}

function copy(php, path) {
  if (!statSync(path).isDirectory()) {
    php.mkdir(dirname(path));
    php.writeFile(path, readFileSync(path));
    return;
  }
  for (const name of readdirSync(path)) {
    if (name !== 'node_modules') copy(php, join(path, name));
  }
}

/** PHP's sockets are WebSockets: this joins each to a TCP connection. */
async function startSockets() {
  const { WebSocketServer } = require('ws');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket, request) => {
    const query = new URL(request.url, 'http://127.0.0.1').searchParams;
    const target = connect(Number(query.get('port')), query.get('host'));
    socket.on('message', (message) => {
      if (message[0] === BYTES) target.write(message.subarray(1));
    });
    socket.on('close', () => target.destroy());
    socket.on('error', () => target.destroy());
    target.on('data', (data) => socket.send(data));
    target.on('end', () => socket.close());
    target.on('error', () => socket.close());
  });
  return `ws://127.0.0.1:${server.address().port}`;
}

/** Says of each message that it is bytes. */
function marked(Socket) {
  return class extends Socket {
    send(bytes, done) {
      return super.send(Buffer.concat([Buffer.from([BYTES]), Buffer.from(bytes)]), done);
    }

    setSocketOpt() {}
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exit(await run(...process.argv.slice(2)));
}
