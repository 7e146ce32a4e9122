// The core in each version of PHP that is there, and the zips, whose bytes are the same each time.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { VERSIONS, isInstalled } from '../../../clients/php/tests/php-wasm.mjs';
import { build, filesFor } from '../bin/build.mjs';
import { layOutDouble } from './shop.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const run = promisify(execFile);
const scratch = mkdtempSync(join(tmpdir(), 'usdt-opencart-'));
after(() => rmSync(scratch, { recursive: true }));

/** A folder with the files of both zips, and the double. */
function layOut(name) {
  const folder = join(scratch, name);
  layOutDouble(join(folder, 'shop'), 'http://127.0.0.1');
  for (const [version, target] of [['oc4', 'shop/extension/usdt_checkout'], ['oc3', 'oc3']])
    for (const [path, bytes] of filesFor(version)) {
      const file = join(folder, target, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes);
    }
  cpSync(at('core.php'), join(folder, 'core.php'));
  return folder;
}

test('the core works in the PHP of this machine', async () => {
  const folder = layOut('native');
  const { stdout } = await run('php', [join(folder, 'core.php')], { env: { ...process.env, KIT: folder } });
  assert.match(stdout, /\d+ checks/);
  console.log(stdout.trim());
});

for (const version of VERSIONS) {
  const skip = isInstalled(version) ? false : 'npm ci in clients/php/tests/versions brings it';
  test(`the core works in PHP ${version}`, { skip }, async () => {
    const folder = layOut(version);
    const script = [at('../../../clients/php/tests/php-wasm.mjs'), version, join(folder, 'core.php'), folder];
    const { stdout } = await run(process.execPath, script, { env: { ...process.env, KIT: folder } });
    assert.match(stdout, new RegExp(`^${version}.*\\d+ checks`, 'm'));
    console.log(stdout.trim());
  });
}

test('the same source gives the same zips', () => {
  const [first, second] = ['a', 'b'].map((name) => build(join(scratch, name)));
  first.forEach(([path], index) => assert.deepEqual(readFileSync(path), readFileSync(second[index][0])));
});
