// Packs the client and the plugin, and lays them where `npm install` would.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const client = at('../../../clients/node');

const folder = mkdtempSync(join(tmpdir(), 'usdt-medusa-'));
if (!existsSync(join(client, 'dist'))) execFileSync('npm', ['run', 'build'], { cwd: client, stdio: 'ignore' });
execFileSync(process.execPath, [at('../build.mjs')]);
for (const [name, source] of Object.entries({ 'usdt-client': client, 'usdt-checkout-medusa': at('..') })) {
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const [{ filename }] = JSON.parse(execFileSync('npm', pack, { cwd: source, encoding: 'utf8' }));
  const target = at(`node_modules/${name}`);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
  execFileSync('tar', ['-xzf', join(folder, filename), '-C', target, '--strip-components=1']);
}
rmSync(folder, { recursive: true });
