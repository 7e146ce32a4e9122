// Builds the plugin's zips for OpenCart 4.1 and 3.0, with what is common to shops in PHP in a namespace of the plugin's
// own. The same source gives the same bytes.
//
//   node build.mjs [FOLDER]

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { addFolder, zip } from '../../../clients/php/bin/bundle.mjs';
import { addCore } from '../../core-php/bin/bundle.mjs';

const MOST_BYTES = 150 * 1024;

/** OpenCart 4 takes the file's name as the name of the extension. */
export const ZIPS = { oc4: 'opencart-4.1/usdt_checkout.ocmod.zip', oc3: 'opencart-3.0/usdt_checkout.ocmod.zip' };

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const plugin = at('..');

const PARTS = {
  oc4(files) {
    for (const folder of ['admin', 'catalog']) addFolder(files, join(plugin, 'oc4', folder), folder);
    files.set('install.json', readFileSync(join(plugin, 'oc4/install.json')));
    files.set('catalog/view/template/payment/usdt_checkout.twig', readFileSync(join(plugin, 'core/views/confirm.twig')));
    addPlugin(files, 'system', 'oc4');
  },
  oc3(files) {
    for (const folder of ['admin', 'catalog']) addFolder(files, join(plugin, 'oc3', folder), `upload/${folder}`);
    files.set(
      'upload/catalog/view/theme/default/template/extension/payment/usdt_checkout.twig',
      readFileSync(join(plugin, 'core/views/confirm.twig')),
    );
    addPlugin(files, 'upload/system/library/usdt_checkout', 'oc3');
  },
};

/** What is in the zip for a version, by path. */
export function filesFor(version) {
  const files = new Map();
  PARTS[version](files);
  return files;
}

/** Writes the zips into a folder, and returns their sizes by path. */
export function build(folder) {
  return Object.entries(ZIPS).map(([version, name]) => {
    const bytes = zip(filesFor(version));
    if (bytes.length > MOST_BYTES) throw new Error(`${name} has ${bytes.length} bytes, and may have ${MOST_BYTES}`);
    const target = join(folder, name);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, bytes);
    return [target, bytes.length];
  });
}

function addPlugin(files, name, version) {
  for (const file of ['autoload.php', 'cron.php', 'language.php'])
    files.set(`${name}/${file}`, readFileSync(join(plugin, 'core', file)));
  addFolder(files, join(plugin, 'core/src'), `${name}/src`);
  addFolder(files, join(plugin, version, 'src'), `${name}/src`);
  addCore(files, 'UsdtCheckout\\OpenCart', `${name}/shop`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [target, size] of build(process.argv[2] ?? at('../../../target/plugins'))) console.log(`${target}: ${size} bytes`);
}
