// Lays the plugin's files where Medusa looks for those of a plugin, and the licences beside them.

import { copyFileSync, cpSync, rmSync } from 'node:fs';

const at = (path) => new URL(path, import.meta.url);

rmSync(at('.medusa'), { recursive: true, force: true });
cpSync(at('src'), at('.medusa/server/src'), { recursive: true });
for (const name of ['LICENSE-APACHE', 'LICENSE-MIT']) copyFileSync(at(`../../${name}`), at(name));
