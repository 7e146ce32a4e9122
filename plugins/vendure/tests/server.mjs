// Another Vendure on the same data: what `config` takes comes as JSON in an argument. It says when it listens.

import { bootstrap } from '@vendure/core';

import { config } from './config.mjs';

const app = await bootstrap(config(JSON.parse(process.argv[2])));
process.on('SIGTERM', () => app.close().then(() => process.exit(0)));
console.log('it listens');
