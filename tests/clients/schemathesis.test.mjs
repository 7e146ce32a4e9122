// Every call of the API with thousands of values, as its description has them and as it has not: no answer is a
// failure of the gateway or outside the description.

import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { run } from '../browser/program.mjs';
import { PYTHON, open } from './payer.mjs';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

/** What is not looked at: whether values are refused that the description cannot tell from others, such as an order ID
 * that nobody can see; and an empty parameter, which is one that is not set. */
const NOT_CHECKED = ['negative_data_rejection', 'positive_data_acceptance'];

test('no call is answered in a way that is not described', async (t) => {
  const demo = await open(t);
  // So that all lists have something in them.
  for (const fields of [{}, { metadata: { cart: '7' } }]) {
    await demo.chain.settle(await demo.createPayment(fields));
  }
  const short = await demo.createPayment();
  await demo.chain.transfer(short.address, '49');
  await demo.mineAndRead(20);
  await run(
    PYTHON,
    [
      '-m',
      'schemathesis.cli',
      'run',
      `${demo.baseUrl}/openapi.json`,
      '--checks=all',
      `--exclude-checks=${NOT_CHECKED}`,
      '--max-examples=50',
      '--seed=1',
      '--generation-database=none',
      '--no-color',
    ],
    {
      cwd: FOLDER,
      env: {
        ...process.env,
        SCHEMATHESIS_HOOKS: 'schemathesis_hooks',
        API_KEY: demo.keys.key,
        API_SECRET: demo.keys.secret,
        NODE: demo.chain.url,
        RECEIVER: `${demo.baseUrl}/demo/thanks`,
      },
    },
  );
});
