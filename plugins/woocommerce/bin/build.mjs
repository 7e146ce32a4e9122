// Builds the plugin's zip, with the client for PHP in a namespace of the plugin's own. The same source gives the same
// bytes.
//
//   node build.mjs [FILE.zip]

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as zlib from 'node:zlib';

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
  for (const folder of FOLDERS) add(files, join(plugin, folder), folder);
  for (const [name, bytes] of translations()) files.set(`languages/${NAME}-${name}.mo`, bytes);
  const scratch = mkdtempSync(join(tmpdir(), 'usdt-plugin-'));
  try {
    const vendor = join(scratch, 'vendor');
    const prefix = at('../../../clients/php/bin/prefix.php');
    execFileSync('php', [prefix, 'UsdtCheckout\\WooCommerce', vendor], { stdio: 'pipe' });
    add(files, vendor, 'vendor');
  } finally {
    rmSync(scratch, { recursive: true });
  }
  const bytes = zip([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
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

function add(files, folder, name) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) add(files, path, `${name}/${entry.name}`);
    else files.set(`${name}/${entry.name}`, readFileSync(path));
  }
}

/** A zip whose files are all of 1980, its first year. */
function zip(files) {
  const DATE = 0x21;
  const locals = [];
  const centrals = [];
  let offset = 0;
  for (const [path, data] of files) {
    const name = Buffer.from(`${NAME}/${path}`);
    const packed = zlib.deflateRawSync(data, { level: 9 });
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x0800, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt16LE(DATE, 8);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, name, packed]);
    const end = Buffer.alloc(14);
    end.writeUInt32LE(0o100644 * 0x10000, 6);
    end.writeUInt32LE(offset, 10);
    // Made by Unix, so that the mode counts.
    centrals.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x03', 'latin1'), common, end, name]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const close = Buffer.alloc(22);
  close.write('PK\x05\x06', 'latin1');
  close.writeUInt16LE(files.length, 8);
  close.writeUInt16LE(files.length, 10);
  close.writeUInt32LE(directory.length, 12);
  close.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, close]);
}

function crc32(data) {
  // Node.js has it since version 20.15.
  if (zlib.crc32) return zlib.crc32(data);
  let crc = ~0;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const target = process.argv[2] ?? at(`../../../target/plugins/${NAME}.zip`);
  console.log(`${target}: ${build(target)} bytes`);
}
