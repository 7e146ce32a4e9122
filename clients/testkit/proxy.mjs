// A proxy in front of a gateway that does what its faults say, one fault for each request to come, and
// remembers what reached it.

import { once } from 'node:events';
import { createServer, request as send } from 'node:http';

/** More than any client may take for an answer. */
const HUGE_BYTES = 2 * 1024 * 1024;

const TRICKLE_MS = 50;

const NGINX_PAGE =
  '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n';

/** Faults before the gateway: it never hears of the request. */
const BEFORE = {
  close: ({ request }) => request.socket.destroy(),
  'cut-request': async ({ request }) => {
    await Promise.race([once(request, 'data'), once(request, 'end')]);
    request.socket.destroy();
  },
  html: ({ response }) => answer(response, 200, NGINX_PAGE, { 'content-type': 'text/html' }),
  'html-404': ({ response }) => answer(response, 404, NGINX_PAGE, { 'content-type': 'text/html' }),
  'html-502': ({ response }) => answer(response, 502, NGINX_PAGE, { 'content-type': 'text/html' }),
  redirect: ({ response }) => answer(response, 302, '', { location: '/_redirected' }),
  huge: ({ response }) =>
    answer(response, 200, JSON.stringify({ ok: true, filler: 'x'.repeat(HUGE_BYTES) })),
  trickle: ({ response }) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => response.write(' '), TRICKLE_MS);
    response.on('close', () => clearInterval(timer));
  },
};

/** Faults after the gateway: it has done what the request asks for. */
const AFTER = {
  '500-after': ({ response }) => refuse(response, 500),
  'close-after': ({ request }) => request.socket.destroy(),
  'cut-answer': ({ response, came }) => {
    response.writeHead(came.status, { ...came.headers, 'content-length': came.body.length });
    response.write(came.body.subarray(0, came.body.length / 2), () => response.socket.destroy());
  },
  'cut-json': ({ response, came }) => {
    const half = came.body.subarray(0, came.body.length / 2);
    response.writeHead(came.status, { ...came.headers, 'content-length': half.length }).end(half);
  },
};

/** Starts the proxy. What it returns has its `url`. */
export async function startProxy(gateway) {
  let faults = [];
  let requests = [];

  async function control(request, response) {
    const route = `${request.method} ${request.url}`;
    if (route === 'GET /_requests')
      return answer(response, 200, JSON.stringify({ ok: true, requests }));
    if (route === 'DELETE /_requests') {
      faults = [];
      requests = [];
      return answer(response, 200, '{"ok":true}');
    }
    if (route === 'POST /_faults') {
      const more = JSON.parse(await read(request)).faults;
      const unknown = more.find((fault) => !isFault(fault));
      if (unknown !== undefined) return refuse(response, 400, `no fault is called ${unknown}`);
      faults.push(...more);
      return answer(response, 200, '{"ok":true}');
    }
    return refuse(response, 404, `no such control: ${route}`);
  }

  async function pass(request, response) {
    const fault = faults.shift() ?? null;
    const entry = {
      method: request.method,
      path: request.url,
      headers: request.headers,
      body: '',
      fault,
      forwarded: false,
      status: null,
    };
    requests.push(entry);
    // A request that is cut has no whole body.
    if (Object.hasOwn(BEFORE, fault) && fault.startsWith('cut'))
      return BEFORE[fault]({ request, response });
    const body = await read(request);
    entry.body = body.toString('base64');
    if (Object.hasOwn(BEFORE, fault)) return BEFORE[fault]({ request, response });
    const refused = /^(\d{3})(?::(\d+))?$/.exec(fault);
    if (refused) return refuse(response, Number(refused[1]), undefined, refused[2]);
    if (fault?.startsWith('delay:')) await pause(fault);
    entry.forwarded = true;
    const came = await forward(gateway, request, body);
    entry.status = came.status;
    if (fault?.startsWith('delay-after:')) await pause(fault);
    if (Object.hasOwn(AFTER, fault)) return AFTER[fault]({ request, response, came });
    return response
      .writeHead(came.status, { ...came.headers, 'content-length': came.body.length })
      .end(came.body);
  }

  const server = createServer((request, response) => {
    response.on('error', () => response.destroy());
    const serve =
      request.url.startsWith('/_faults') || request.url.startsWith('/_requests') ? control : pass;
    serve(request, response).catch((error) => {
      // The client has gone, or the gateway has.
      if (!response.headersSent) refuse(response, 502, String(error));
      else response.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}` };
}

function isFault(fault) {
  if (typeof fault !== 'string') return false;
  return (
    Object.hasOwn(BEFORE, fault) ||
    Object.hasOwn(AFTER, fault) ||
    /^([3-5]\d\d(:\d+)?|delay(-after)?:\d+)$/.test(fault)
  );
}

async function read(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Resolves after what `delay:MILLISECONDS` says. */
function pause(fault) {
  return new Promise((resolve) => setTimeout(resolve, Number(fault.split(':')[1])));
}

function answer(response, status, body, headers = { 'content-type': 'application/json' }) {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

/** An error in the gateway's own shape. */
function refuse(response, status, error = 'made up by the proxy', retryAfter) {
  const headers = { 'content-type': 'application/json' };
  if (retryAfter !== undefined) headers['retry-after'] = retryAfter;
  answer(response, status, JSON.stringify({ ok: false, error, code: `proxy_${status}` }), headers);
}

async function forward(gateway, request, body) {
  const headers = { ...request.headers };
  for (const name of ['connection', 'transfer-encoding', 'expect']) delete headers[name];
  headers['content-length'] = body.length;
  const passed = send(new URL(request.url, gateway), {
    method: request.method,
    headers,
    agent: false,
  });
  passed.end(body);
  const [came] = await once(passed, 'response');
  const { connection, 'transfer-encoding': _, ...kept } = came.headers;
  return { status: came.statusCode, headers: kept, body: await read(came) };
}
