// Where the gateway is: an origin, over HTTPS unless nothing real can be lost.

import { InvalidArgument } from './errors.js';

// The browsers' parser takes much for an origin that is none, so the form is checked before it.
const ORIGIN = /^(https?):\/\/([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?\/?$/;

const TEST_KEY = 'pk_test_';

/** The gateway's origin, without a slash at its end. */
export function parseGateway(gateway: unknown, apiKey: string): string {
  const form = typeof gateway === 'string' ? ORIGIN.exec(gateway) : null;
  const url = form && parse(form[0]);
  if (!url) {
    throw new InvalidArgument(
      'gateway must be an origin such as "https://pay.example.com", without a path',
    );
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && !apiKey.startsWith(TEST_KEY)) {
    throw new InvalidArgument('gateway must be https: http is for this machine, or a test key');
  }
  return url.origin;
}

function parse(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.[0-9]{1,3}){3}$/.test(host);
}
