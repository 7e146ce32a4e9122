// A WordPress of the tests' own, on a MariaDB of its own, with the double in WooCommerce's place.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { until } from '../../testkit/gateway.mjs';

const VERSION = process.env.WORDPRESS ?? '6.5';
const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Installs it in a folder. It ends with `close`. */
export async function installWordPress(scratch) {
  const folder = join(scratch, 'shop');
  const zip = at(`node_modules/@wp-playground/wordpress-builds/src/wordpress/wp-${VERSION}.zip`);
  unzip(zip, folder);
  cpSync(at('double'), join(folder, 'wp-content/plugins/woocommerce'), { recursive: true });
  mkdirSync(join(folder, 'wp-content/uploads'), { recursive: true });
  const database = await startMariaDb(scratch);
  const settings = {
    DB_NAME: 'shop',
    DB_USER: userInfo().username,
    DB_PASSWORD: '',
    DB_HOST: `localhost:${database.socket}`,
    DB_CHARSET: 'utf8mb4',
    DB_COLLATE: '',
    WP_DEBUG: true,
    WP_DEBUG_LOG: join(scratch, 'wordpress.log'),
    WP_DEBUG_DISPLAY: false,
    DISABLE_WP_CRON: true,
    WP_HTTP_BLOCK_EXTERNAL: true,
    WP_ACCESSIBLE_HOSTS: '127.0.0.1',
  };
  const defines = Object.entries(settings).map(([name, value]) => `define('${name}', ${JSON.stringify(value)});`);
  const [tables, abspath] = ["$table_prefix = 'wp_';", "defined('ABSPATH') || define('ABSPATH', __DIR__ . '/');"];
  const load = "require_once ABSPATH . 'wp-settings.php';";
  writeFileSync(join(folder, 'wp-config.php'), ['<?php', ...defines, tables, abspath, load, ''].join('\n'));
  const url = `http://127.0.0.1:${await freePort()}`;
  execFileSync('php', [at('install.php'), folder, url], { stdio: 'pipe' });
  return { folder, close: database.close };
}

export function unzip(file, folder) {
  const code = 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])';
  execFileSync('python3', ['-c', code, file, folder], { stdio: 'inherit' });
}

async function startMariaDb(scratch) {
  const user = userInfo().username;
  const data = join(scratch, 'mariadb');
  const socket = join(scratch, 'mariadb.sock');
  const flags = ['--no-defaults', `--datadir=${data}`, `--user=${user}`];
  const method = ['--auth-root-authentication-method=socket', `--auth-root-socket-user=${user}`];
  execFileSync('mariadb-install-db', [...flags, ...method, '--skip-test-db'], { stdio: 'pipe' });
  const server = spawn('mariadbd', [...flags, `--socket=${socket}`, '--skip-networking'], {
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
    stdio: 'ignore',
  });
  const ask = (sql) => execFileSync('mariadb', ['--no-defaults', `--socket=${socket}`, '-e', sql], { stdio: 'pipe' });
  await until(() => {
    if (server.exitCode !== null) throw new Error(`mariadbd ended with ${server.exitCode}`);
    try {
      return ask('CREATE DATABASE IF NOT EXISTS shop CHARACTER SET utf8mb4');
    } catch {
      return false;
    }
  });
  const close = async () => {
    server.kill('SIGTERM');
    await once(server, 'exit');
  };
  return { socket, close };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
