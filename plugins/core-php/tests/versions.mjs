// A plugin in each version of PHP that is there, and its zip, whose bytes are the same each time.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { VERSIONS, isInstalled } from '../../../clients/php/tests/php-wasm.mjs';
import { layOut } from './double.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const run = promisify(execFile);

/** `double` is its folder, `files` the plugin's by path, `script` what runs in each version, and `build` makes the zip. */
export function everyVersion({ double, files, script, build }) {
  const scratch = mkdtempSync(join(tmpdir(), 'usdt-versions-'));
  after(() => rmSync(scratch, { recursive: true }));

  const kit = (name) => {
    const folder = join(scratch, name);
    layOut({ double, files, folder: join(folder, 'shop'), names: { SHOP_URL: 'http://127.0.0.1' } });
    cpSync(at('kit.php'), join(folder, 'kit.php'));
    cpSync(script, join(folder, 'core.php'));
    return folder;
  };

  test('it works in the PHP of this machine', async () => {
    const folder = kit('native');
    const { stdout } = await run('php', [join(folder, 'core.php')], { env: { ...process.env, KIT: folder } });
    assert.match(stdout, /\d+ checks/);
    console.log(stdout.trim());
  });

  for (const version of VERSIONS) {
    const skip = isInstalled(version) ? false : 'npm ci in clients/php/tests/versions brings it';
    test(`it works in PHP ${version}`, { skip }, async () => {
      const folder = kit(version);
      const args = [at('../../../clients/php/tests/php-wasm.mjs'), version, join(folder, 'core.php'), folder];
      const { stdout } = await run(process.execPath, args, { env: { ...process.env, KIT: folder } });
      assert.match(stdout, new RegExp(`^${version}.*\\d+ checks`, 'm'));
      console.log(stdout.trim());
    });
  }

  test('its classes cannot meet those of another plugin', () => {
    for (const [path, bytes] of files)
      if (path.endsWith('.php')) assert.doesNotMatch(bytes.toString(), /(?<!\\)\bUsdt(?:Client|Shop)\\|namespace Usdt(?:Client|Shop)/, path);
  });

  test('the same source gives the same zip', () => {
    const [[[first]], [[second]]] = ['a', 'b'].map((name) => build(join(scratch, name)));
    assert.deepEqual(readFileSync(first), readFileSync(second));
  });
}
