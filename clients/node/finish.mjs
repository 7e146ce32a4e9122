// Ends a build: says of each folder what its modules are, and lays the licences beside the package.

import { copyFileSync, writeFileSync } from 'node:fs';

const at = (path) => new URL(path, import.meta.url);

writeFileSync(at('dist/esm/package.json'), '{ "type": "module", "sideEffects": false }\n');
writeFileSync(at('dist/cjs/package.json'), '{ "type": "commonjs", "sideEffects": false }\n');
for (const name of ['LICENSE-APACHE', 'LICENSE-MIT']) copyFileSync(at(`../../${name}`), at(name));
