// Builds the zip for the folder of WHMCS, with what is common to shops in PHP in a namespace of the gateway's own. The
// same source gives the same bytes.
//
//   node build.mjs [FOLDER]

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { addFolder, zip } from '../../../clients/php/bin/bundle.mjs';
import { addCore } from '../../core-php/bin/bundle.mjs';

const MOST_BYTES = 200 * 1024;

export const ZIP = 'whmcs/usdtcheckout.zip';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** What is in the zip, by path. */
export function files() {
  const files = new Map();
  for (const folder of ['modules', 'includes']) addFolder(files, at(`../module/${folder}`), folder);
  addCore(files, 'UsdtCheckout\\Whmcs', 'modules/gateways/usdtcheckout/shop');
  return files;
}

/** Writes the zip into a folder, and returns its path and size. */
export function build(folder) {
  const bytes = zip(files());
  if (bytes.length > MOST_BYTES) throw new Error(`${ZIP} has ${bytes.length} bytes, and may have ${MOST_BYTES}`);
  const target = join(folder, ZIP);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, bytes);
  return [[target, bytes.length]];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [target, size] of build(process.argv[2] ?? at('../../../target/plugins'))) console.log(`${target}: ${size} bytes`);
}
