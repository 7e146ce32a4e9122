// The gateway driven by scripts, without a browser.

import { fileURLToPath } from 'node:url';

import { expect, test } from '@playwright/test';

import { GATEWAY, Program, run } from './program.mjs';

test('the whole story runs from a script of curl', async () => {
  const script = fileURLToPath(new URL('../story.sh', import.meta.url));
  expect(await run('bash', [script, GATEWAY])).toContain('"signature_valid":true');
});

test('a gateway whose log nobody reads any more can still be stopped', async () => {
  const demo = await Program.start(GATEWAY, ['demo', '--listen', '127.0.0.1:0'], /Ctrl-C/);
  demo.turnAway();
  await demo.stop();
});
