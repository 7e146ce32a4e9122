// A database of its own for the shop: at the server that TEST_POSTGRES names, or else at one that ends with the tests.

import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const pg = createRequire(createRequire(import.meta.url).resolve('@medusajs/framework'))('pg');

const SCRIPT = fileURLToPath(new URL('../../../xtask/src/postgres/server.sh', import.meta.url));
/** Where Debian has PostgreSQL's programs, by version. */
const VERSIONS = '/usr/lib/postgresql';

export class Database {
  #server;
  #client;
  #last = Promise.resolve();

  static async create() {
    const database = new Database();
    const server = process.env.TEST_POSTGRES ?? (await database.#start());
    const name = `medusa_${randomBytes(6).toString('hex')}`;
    database.#server = server;
    await query(server, `CREATE DATABASE ${name}`);
    const url = new URL(server);
    url.pathname = `/${name}`;
    database.url = url.href;
    database.name = name;
    database.#client = new pg.Client({ connectionString: database.url });
    await database.#client.connect();
    return database;
  }

  /** One question after the other, whoever asks. */
  async rows(sql, values = []) {
    const ask = () => this.#client.query(sql, values);
    this.#last = this.#last.then(ask, ask);
    return (await this.#last).rows;
  }

  async drop() {
    await this.#client.end();
    if (this.process) {
      this.process.stdin.end();
      await once(this.process, 'exit');
    } else {
      await query(this.#server, `DROP DATABASE ${this.name} WITH (FORCE)`);
    }
  }

  /** It ends when its standard input does, whatever ends the tests. */
  async #start() {
    const [version] = readdirSync(VERSIONS).sort((one, other) => other - one);
    this.process = spawn('sh', [SCRIPT, `${VERSIONS}/${version}/bin`], {
      cwd: '/',
      stdio: ['pipe', 'pipe', 'inherit'],
      ...(process.getuid() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {}),
    });
    const [url] = await once(createInterface(this.process.stdout), 'line');
    return url;
  }
}

/** PostgreSQL refuses to run as root. */
function idOf(which) {
  return Number(execFileSync('id', [which, 'postgres'], { encoding: 'utf8' }));
}

async function query(url, sql) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}
