// The story in lines of curl, as the script tells it.

import { expect, test } from '@playwright/test';

import { GATEWAY, run } from './program.mjs';

test('the whole story runs from a script of curl', async () => {
  const script = new URL('../story.sh', import.meta.url).pathname;
  expect(await run('bash', [script, GATEWAY])).toContain('"signature_valid":true');
});
