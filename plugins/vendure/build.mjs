// Builds the package: `npm ci` in the folder of the tests has brought the compiler and Vendure's types.

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const compile = (...options) =>
  execFileSync(process.execPath, [at('tests/node_modules/typescript/bin/tsc'), ...options], {
    stdio: 'inherit',
  });

// The client, from this repository.
const client = at('tests/node_modules/usdt-client');
rmSync(client, { recursive: true, force: true });
mkdirSync(`${client}/dist/cjs`, { recursive: true });
copyFileSync(at('../../clients/node/package.json'), `${client}/package.json`);
writeFileSync(`${client}/dist/cjs/package.json`, '{ "type": "commonjs" }\n');
const types = ['--typeRoots', at('tests/node_modules/@types')];
compile('-p', at('../../clients/node/tsconfig.cjs.json'), '--outDir', `${client}/dist/cjs`, ...types);

rmSync(at('dist'), { recursive: true, force: true });
compile('-p', at('tsconfig.json'));
for (const name of ['LICENSE-APACHE', 'LICENSE-MIT']) copyFileSync(at(`../../${name}`), at(name));
