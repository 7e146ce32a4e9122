// The helpers in the real frameworks, by real HTTP.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import { BUILDS } from './builds.mjs';
import { serve } from './kit.mjs';

const require = createRequire(import.meta.url);
const SECRET = 'sk_test_1';
const MAJOR = Number(process.versions.node.split('.')[0]);
// Fastify 5 runs from Node.js 20 on.
const FASTIFIES = MAJOR >= 20 ? ['fastify', 'fastify4'] : ['fastify4'];
const EXPRESSES = ['express', 'express4'];

const BODY = '{"payment_id":7,"order_id":"a/ü","status":"paid","amount":"50.00" }';
const sign = (body) => createHmac('sha256', SECRET).update(body).digest('hex');

async function post(url, body = BODY, headers = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Signature': sign(body), ...headers },
    body,
  });
  return response.status;
}

/** What each framework must do with a webhook. `base` serves it at `/webhook`. */
async function assertReceives(base, events, next) {
  const url = `${base}/webhook`;
  assert.equal(await post(url), 200);
  assert.deepEqual(
    events.splice(0).map(({ isPaid, orderId }) => [isPaid, orderId]),
    [[true, 'a/ü']],
  );
  assert.equal(await post(url, BODY, { 'X-Signature': sign('{}') }), 401);
  assert.equal(await post(url, BODY, { 'X-Signature': 'é' }), 401);
  assert.equal(await post(url, 'no JSON', { 'X-Signature': sign('{}') }), 401);
  const unsigned = await fetch(url, {
    method: 'POST',
    body: BODY,
    headers: { 'Content-Type': 'application/json' },
  });
  assert.equal(unsigned.status, 401);
  assert.equal(await post(url, ''), 401);
  assert.equal(events.length, 0);
  next.status = 503;
  assert.equal(await post(url), 503);
  next.status = undefined;
  next.error = new Error('the database is down');
  assert.equal(await post(url), 500);
  next.error = undefined;
  events.splice(0);
  assert.ok([413, 500].includes(await post(url, `{"a":"${'x'.repeat(70_000)}"}`).catch(() => 413)));
  assert.equal(events.length, 0);
  assert.notEqual((await fetch(url)).status, 200);
  assert.equal(await post(url), 200);
}

function receiver({ Webhook }) {
  const events = [];
  const next = {};
  const onEvent = async (event) => {
    if (next.error) throw next.error;
    events.push(event);
    return next.status;
  };
  return { webhook: new Webhook(SECRET), events, next, onEvent };
}

// Express writes what goes wrong to standard error, unless it runs for tests.
process.env.NODE_ENV = 'test';

for (const build of ['esm', 'cjs']) {
  const { keepRawBody, webhookHandler, webhookPlugin } = BUILDS[build];

  for (const name of EXPRESSES) {
    const express = require(name);

    test(`${build}: ${name}, express.raw`, async (t) => {
      const { webhook, events, next, onEvent } = receiver(BUILDS[build]);
      const app = express();
      app.post(
        '/webhook',
        express.raw({ type: 'application/json', limit: '64kb' }),
        webhookHandler(webhook, onEvent),
      );
      await assertReceives(await serve(t, app), events, next);
    });

    test(`${build}: ${name}, no parser`, async (t) => {
      const { webhook, events, next, onEvent } = receiver(BUILDS[build]);
      const app = express();
      app.use('/webhook', webhookHandler(webhook, onEvent));
      await assertReceives(await serve(t, app), events, next);
    });

    test(`${build}: ${name}, a parser for all with keepRawBody`, async (t) => {
      const { webhook, events, onEvent } = receiver(BUILDS[build]);
      const app = express();
      app.use(express.json({ verify: keepRawBody }));
      app.post('/webhook', webhookHandler(webhook, onEvent));
      app.post('/other', (request, response) => response.json(request.body));
      const base = await serve(t, app);
      assert.equal(await post(`${base}/webhook`), 200);
      assert.equal(events.length, 1);
      assert.equal(await post(`${base}/webhook`, BODY, { 'X-Signature': sign('{}') }), 401);
      const other = await fetch(`${base}/other`, {
        method: 'POST',
        body: BODY,
        headers: { 'Content-Type': 'application/json' },
      });
      assert.deepEqual(await other.json(), JSON.parse(BODY));
    });

    test(`${build}: ${name}, a parser that has eaten the body`, async (t) => {
      const { webhook, events, onEvent } = receiver(BUILDS[build]);
      const app = express();
      const errors = [];
      app.use(express.json());
      app.post('/webhook', webhookHandler(webhook, onEvent));
      app.use((error, _request, response, _next) => {
        errors.push(error);
        response.status(500).end();
      });
      assert.equal(await post(`${await serve(t, app)}/webhook`), 500);
      assert.match(errors[0].message, /the raw body is gone/);
      assert.ok(errors[0] instanceof BUILDS[build].InvalidArgument);
      assert.equal(events.length, 0);
    });
  }

  for (const name of FASTIFIES) {
    test(`${build}: ${name}`, async (t) => {
      const { webhook, events, next, onEvent } = receiver(BUILDS[build]);
      const app = require(name)();
      app.register(webhookPlugin, { url: '/webhook', webhook, onEvent });
      app.post('/other', async (request) => request.body);
      const base = await app.listen({ port: 0, host: '127.0.0.1' });
      t.after(() => app.close());
      await assertReceives(base, events, next);
      const other = await fetch(`${base}/other`, {
        method: 'POST',
        body: BODY,
        headers: { 'Content-Type': 'application/json' },
      });
      assert.deepEqual(await other.json(), JSON.parse(BODY), 'other routes parse as before');
    });
  }

  test(`${build}: node:http, as the Pages of Next.js with bodyParser off`, async (t) => {
    const { webhook, events, next, onEvent } = receiver(BUILDS[build]);
    t.mock.method(console, 'error', () => {});
    await assertReceives(await serve(t, webhookHandler(webhook, onEvent)), events, next);
    assert.ok(console.error.mock.callCount() > 0, 'what onEvent throws is not lost');
  });
}

for (const [build, library] of Object.entries(BUILDS)) {
  test(`${build}: Request and Response, as the App Router of Next.js`, async (t) => {
    const { webhook, events, next, onEvent } = receiver(library);
    const route = library.webhookRoute(webhook, onEvent);
    const base = await serve(t, async (request, response) => {
      const { method } = request;
      const body = method === 'GET' ? undefined : Buffer.concat(await request.toArray());
      const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
      try {
        const answer = await route(
          new Request(`http://shop.example${request.url}`, { method, headers, body }),
        );
        response.writeHead(answer.status).end();
      } catch {
        // As Next.js does.
        response.writeHead(500).end();
      }
    });
    await assertReceives(base, events, next);
    const eaten = new Request('http://shop.example/', { method: 'POST', body: BODY });
    await eaten.json();
    await assert.rejects(route(eaten), library.InvalidArgument);
  });
}
