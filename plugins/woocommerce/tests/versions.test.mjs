// The plugin's files in each version of PHP that is there. What needs a shop runs in this machine's own.

import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { VERSIONS, isInstalled } from '../../../clients/php/tests/php-wasm.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

for (const version of VERSIONS) {
  test(`PHP ${version} takes every file`, { skip: isInstalled(version) ? false : 'not installed' }, () => {
    const run = at('../../../clients/php/tests/php-wasm.mjs');
    execFileSync(process.execPath, [run, version, at('syntax.php'), at('..')], { stdio: ['ignore', 'inherit', 'inherit'] });
  });
}
