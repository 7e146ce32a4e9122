// Bundles a plugin with what is common to shops in PHP, and with the client. The same source gives the same bytes.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { addClient, addFolder } from '../../../clients/php/bin/bundle.mjs';

const LANGUAGES = 'ar bn de en es fa fr he hi id it ja ko nl pl pt-BR ru th tr uk ur vi zh-CN zh-TW'.split(' ');
/** What payers read: the names of the page's texts. */
const TEXTS = [
  'heading',
  'waiting',
  'paid',
  'expired',
  'not_lost',
  'review',
  'review_why',
  'unknown',
  'try_again',
  'return_to',
  'claim_no_answer',
];

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Adds the common classes with a namespace around their own, under a name, so that two plugins with different versions
 * of them run in one shop: of `UsdtShop\Booking` they make `Acme\UsdtShop\Booking`.
 */
export function addCore(files, namespace, name) {
  const core = new Map();
  for (const file of ['autoload.php', 'texts.php']) core.set(`${name}/${file}`, readFileSync(at(`../${file}`)));
  for (const folder of ['src', 'assets']) addFolder(core, at(`../${folder}`), `${name}/${folder}`);
  for (const [path, bytes] of core) files.set(path, path.endsWith('.php') ? prefixed(bytes, namespace) : bytes);
  for (const licence of ['LICENSE-APACHE', 'LICENSE-MIT'])
    files.set(`${name}/${licence}`, readFileSync(at(`../../../${licence}`)));
  addClient(files, namespace, `${name}/lib`);
  for (const language of LANGUAGES) {
    const texts = JSON.parse(readFileSync(at(`../../../languages/${language}.json`), 'utf8'));
    const chosen = Object.fromEntries(TEXTS.map((text) => [text, texts[text]]));
    files.set(`${name}/languages/${language}.json`, Buffer.from(`${JSON.stringify(chosen, null, 2)}\n`));
  }
}

function prefixed(bytes, namespace) {
  const code = bytes.toString().replaceAll(/(?<!\\)\bUsdt(?:Client|Shop)\b(?=[\\;])/g, (own) => `${namespace}\\${own}`);
  return Buffer.from(code);
}
