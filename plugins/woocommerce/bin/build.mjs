// Builds the plugin's zip, with the client for PHP in a namespace of the plugin's own. The same source gives the same
// bytes.
//
//   node build.mjs [FILE.zip]

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { addClient, addFolder, zip } from '../../../clients/php/bin/bundle.mjs';

const NAME = 'usdt-checkout-for-woocommerce';
const MOST_BYTES = 150 * 1024;
const TOP = ['autoload.php', 'readme.txt', 'uninstall.php', `${NAME}.php`];
const FOLDERS = ['src', 'assets', 'languages'];

/** The page's languages by WordPress's names. */
const LOCALES = {
  ar: 'ar',
  bn: 'bn_BD',
  de: 'de_DE',
  es: 'es_ES',
  fa: 'fa_IR',
  fr: 'fr_FR',
  he: 'he_IL',
  hi: 'hi_IN',
  id: 'id_ID',
  it: 'it_IT',
  ja: 'ja',
  ko: 'ko_KR',
  nl: 'nl_NL',
  pl: 'pl_PL',
  'pt-BR': 'pt_BR',
  ru: 'ru_RU',
  th: 'th',
  tr: 'tr_TR',
  uk: 'uk',
  ur: 'ur',
  vi: 'vi',
  'zh-CN': 'zh_CN',
  'zh-TW': 'zh_TW',
};

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const plugin = at('..');

export function build(target) {
  const files = new Map();
  for (const name of TOP) files.set(name, readFileSync(join(plugin, name)));
  for (const folder of FOLDERS) addFolder(files, join(plugin, folder), folder);
  for (const [name, bytes] of translations()) files.set(`languages/${NAME}-${name}.mo`, bytes);
  addClient(files, 'UsdtCheckout\\WooCommerce', 'vendor');
  const bytes = zip(files, `${NAME}/`);
  if (bytes.length > MOST_BYTES) throw new Error(`the zip has ${bytes.length} bytes, and may have ${MOST_BYTES}`);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, bytes);
  return bytes.length;
}

/** What the plugin says in the very words of the payment's page, in the page's languages. */
function* translations() {
  const pot = readFileSync(join(plugin, `languages/${NAME}.pot`), 'utf8');
  const texts = new Set([...pot.matchAll(/^msgid (".*")$/gm)].map((match) => JSON.parse(match[1])));
  const read = (language) => JSON.parse(readFileSync(at(`../../../languages/${language}.json`), 'utf8'));
  const english = Object.entries(read('en')).filter(([, text]) => texts.has(text));
  for (const [language, locale] of Object.entries(LOCALES)) {
    const translated = read(language);
    const pairs = english.map(([key, text]) => [text, translated[key]]);
    yield [locale, mo([['', 'Content-Type: text/plain; charset=UTF-8\n'], ...pairs])];
  }
}

/** A catalog in the form of gettext, whose texts stand in order. */
function mo(pairs) {
  const HEADER = 28;
  const sorted = pairs
    .map((pair) => pair.map((text) => Buffer.from(text)))
    .sort(([a], [b]) => Buffer.compare(a, b));
  const tables = Buffer.alloc(HEADER + 16 * sorted.length);
  const numbers = [0x950412de, 0, sorted.length, HEADER, HEADER + 8 * sorted.length, 0, tables.length];
  numbers.forEach((number, index) => tables.writeUInt32LE(number, 4 * index));
  const texts = [];
  let offset = tables.length;
  for (const side of [0, 1]) {
    sorted.forEach((pair, index) => {
      const entry = HEADER + 8 * (side * sorted.length + index);
      tables.writeUInt32LE(pair[side].length, entry);
      tables.writeUInt32LE(offset, entry + 4);
      texts.push(pair[side], Buffer.alloc(1));
      offset += pair[side].length + 1;
    });
  }
  return Buffer.concat([tables, ...texts]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const target = process.argv[2] ?? at(`../../../target/plugins/${NAME}.zip`);
  console.log(`${target}: ${build(target)} bytes`);
}
