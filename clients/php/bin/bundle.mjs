// Bundles a plugin for shops in PHP with the client. The same source gives the same bytes.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as zlib from 'node:zlib';

/** Adds the files of a folder, under a name. */
export function addFolder(files, folder, name) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) addFolder(files, path, `${name}/${entry.name}`);
    else files.set(`${name}/${entry.name}`, readFileSync(path));
  }
}

/** Adds the client with a namespace around its own, under a name. */
export function addClient(files, namespace, name) {
  const scratch = mkdtempSync(join(tmpdir(), 'usdt-plugin-'));
  try {
    const lib = join(scratch, 'lib');
    execFileSync('php', [fileURLToPath(new URL('prefix.php', import.meta.url)), namespace, lib], { stdio: 'pipe' });
    addFolder(files, lib, name);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** A zip of files by path, behind a prefix, which are all of 1980, its first year. */
export function zip(files, prefix = '') {
  const DATE = 0x21;
  const locals = [];
  const centrals = [];
  let offset = 0;
  for (const [path, data] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const name = Buffer.from(prefix + path);
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
  close.writeUInt16LE(files.size, 8);
  close.writeUInt16LE(files.size, 10);
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
