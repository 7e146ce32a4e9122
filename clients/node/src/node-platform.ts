// Node.js: its own crypto and its own HTTP, over TLS that is always checked.

import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';

import type { Platform, TransportAnswer, TransportRequest } from './transport.js';

// An agent's options win over a request's and over the environment's.
const AGENT = new https.Agent({ keepAlive: false, rejectUnauthorized: true });
const PLAIN_AGENT = new http.Agent({ keepAlive: false });

export const NODE_PLATFORM: Platform = { transport: send, sign, randomId: randomUUID };

export function sign(secret: string, bytes: Uint8Array): Uint8Array {
  return createHmac('sha256', secret).update(bytes).digest();
}

/** Whether a signature is that of the bytes, in constant time. */
export function isSignedBy(secret: string, bytes: Uint8Array, signature: Uint8Array): boolean {
  const expected = sign(secret, bytes);
  return expected.length === signature.length && timingSafeEqual(expected, signature);
}

function send(request: TransportRequest): Promise<TransportAnswer> {
  return new Promise((resolve, reject) => {
    const url = new URL(request.url);
    const isSecure = url.protocol === 'https:';
    const headers = { ...request.headers, 'Content-Length': request.body?.length ?? 0 };
    const options = { method: request.method, headers, agent: isSecure ? AGENT : PLAIN_AGENT };
    const call = isSecure ? https.request(url, options) : http.request(url, options);
    const within = (duration: number, what: string) =>
      setTimeout(() => call.destroy(new Error(`${what} within ${duration} ms`)), duration);
    const connecting = within(request.connectTimeout, 'no connection');
    const answering = within(request.timeout, 'no whole answer');
    call.on('socket', (socket) => {
      socket.once(isSecure ? 'secureConnect' : 'connect', () => clearTimeout(connecting));
    });
    call.on('error', reject);
    call.on('close', () => {
      clearTimeout(connecting);
      clearTimeout(answering);
      reject(new Error('the connection broke off'));
    });
    call.on('response', (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      const answer = () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: flat(response.headers),
          body: Buffer.concat(chunks),
        });
      };
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length <= request.maxBytes) return;
        answer();
        call.destroy();
      });
      response.on('end', () => {
        if (response.complete) answer();
        else reject(new Error('the answer broke off'));
      });
    });
    call.end(request.body ?? undefined);
  });
}

function flat(headers: http.IncomingHttpHeaders): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
}
