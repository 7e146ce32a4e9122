// What Chromium is told in every run: it may run as root in a container, keeps to itself, and draws
// text alike on every machine.

import { fileURLToPath } from 'node:url';

export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-lcd-text',
  '--font-render-hinting=none',
];

/** Names the fonts that may be used. */
export const CHROMIUM_ENV = {
  ...process.env,
  FONTCONFIG_FILE: fileURLToPath(new URL('fonts.conf', import.meta.url)),
};
