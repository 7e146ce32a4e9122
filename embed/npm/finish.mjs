// Ends a build: gives the CommonJS module the names that tell it from the other one, and lays the
// licences beside the package.

import { copyFileSync, renameSync, rmSync } from 'node:fs';

const at = (path) => new URL(path, import.meta.url);

renameSync(at('dist/cjs/index.js'), at('dist/index.cjs'));
renameSync(at('dist/cjs/index.d.ts'), at('dist/index.d.cts'));
rmSync(at('dist/cjs'), { recursive: true });
for (const name of ['LICENSE-APACHE', 'LICENSE-MIT']) copyFileSync(at(`../../${name}`), at(name));
