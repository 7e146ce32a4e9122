// Packs the plugin as it is published, and installs it here.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const plugin = fileURLToPath(new URL('..', import.meta.url));
const installed = fileURLToPath(new URL('node_modules/usdt-checkout-vendure', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'usdt-checkout-vendure-'));
try {
  const options = ['pack', '--silent', '--pack-destination', folder];
  const printed = execFileSync('npm', options, { cwd: plugin, encoding: 'utf8' });
  const file = join(folder, printed.trim().split('\n').at(-1));
  rmSync(installed, { recursive: true, force: true });
  mkdirSync(installed);
  execFileSync('tar', ['-xzf', file, '-C', installed, '--strip-components=1']);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
