// What the tests start: a gateway behind a faulty proxy, and a receiver of its webhooks.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../testkit/gateway.mjs', import.meta.url));

/** A gateway of its own for a test, with what its proxy can be told. */
export async function startKit(test, options = []) {
  const child = spawn(process.execPath, [PROGRAM, ...options], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  test.after(async () => {
    child.stdin.end();
    if (child.exitCode === null) await once(child, 'exit');
  });
  const lines = createInterface(child.stdout);
  const [line] = await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error('the gateway did not start'))),
  ]);
  const kit = JSON.parse(line);
  const control = async (path, init) => {
    const answer = await (await fetch(kit.proxy + path, init)).json();
    if (!answer.ok) throw new Error(answer.error);
    return answer;
  };
  return {
    ...kit,
    inject: (...faults) =>
      control('/_faults', { method: 'POST', body: JSON.stringify({ faults }) }),
    requests: async () => (await control('/_requests')).requests,
    forget: () => control('/_requests', { method: 'DELETE' }),
  };
}

/** A client whose pauses take no time; `pauses` has them, in milliseconds. */
export function connect(
  { Client },
  kit,
  { through = kit.gateway, onPause = () => {}, ...options } = {},
) {
  const pauses = [];
  const clock = {
    now: () => Date.now(),
    sleep: async (duration) => {
      pauses.push(duration);
      await onPause();
    },
  };
  const client = new Client(through, kit.api_key, kit.api_secret, { clock, ...options });
  return { client, pauses };
}

/** Serves with a listener of `node:http` until the test ends. */
export async function serve(test, listener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  test.after(() => {
    server.closeAllConnections?.();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

/** A receiver that keeps the webhooks that came, and answers 200. */
export async function startReceiver(test) {
  const came = [];
  let tell = () => {};
  const url = await serve(test, async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    came.push({ headers: request.headers, body: Buffer.concat(chunks) });
    response.end();
    tell();
  });
  return {
    url: `${url}/webhook`,
    /** The first that fits, once it is there. */
    async find(fits) {
      for (;;) {
        const found = came.find(({ body }) => fits(JSON.parse(body)));
        if (found) return found;
        await new Promise((resolve) => (tell = resolve));
      }
    },
  };
}

/** The payment once it fits. */
export async function until(client, payment, fits) {
  let found = await client.getPayment(payment.paymentId);
  while (!fits(found)) found = await client.waitForChange(found, 5);
  return found;
}
