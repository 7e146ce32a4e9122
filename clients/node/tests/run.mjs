// Runs the tests in every version of Node.js that is there: this one, and those of the folder `versions`.
//
//   node tests/run.mjs [FILE…]

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

const { optionalDependencies } = JSON.parse(readFileSync(at('../versions/package.json'), 'utf8'));
const others = Object.keys(optionalDependencies).map((name) =>
  at(`../versions/node_modules/${name}/bin/node`),
);
const missing = others.filter((program) => !existsSync(program));
const given = process.argv.slice(2);
const files =
  given.length > 0
    ? given
    : readdirSync(at('.'))
        .filter((name) => name.endsWith('.test.mjs'))
        .map((name) => at(name));

// It takes half a minute, and says the same in each version.
const ONCE = 'next.test.mjs';

let failed = 0;
for (const program of [
  process.execPath,
  ...others.filter((program) => !missing.includes(program)),
]) {
  const chosen =
    program === process.execPath ? files : files.filter((file) => !file.endsWith(ONCE));
  if (chosen.length === 0) continue;
  const { stdout: version } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  console.log(`\nusdt-client in Node.js ${version.trim()}`);
  const { status } = spawnSync(program, ['--test', '--test-reporter=spec', ...chosen], {
    stdio: 'inherit',
  });
  if (status !== 0) failed += 1;
}
for (const program of missing) console.log(`\nnot there, and so not tested: ${program}`);
process.exit(failed === 0 ? 0 : 1);
