// The package as programs get it: as ESM, as CommonJS, and for edge runtimes.

import { createRequire } from 'node:module';
import { webcrypto } from 'node:crypto';

// Node.js 18 has it under a flag; every edge runtime has it.
globalThis.crypto ??= webcrypto;

const require = createRequire(import.meta.url);

export const BUILDS = {
  esm: await import('usdt-client'),
  cjs: require('usdt-client'),
  edge: await import('usdt-client/edge'),
};

/** Those that reach the gateway in different ways. */
export const WAYS = { node: BUILDS.esm, edge: BUILDS.edge };
