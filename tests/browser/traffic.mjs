// What a page asks for and receives, as the browser's own network stack counts it.

import { setTimeout } from 'node:timers/promises';

/** Longer than any answer that is not held back on purpose lets wait, on the slowest network. */
const QUIET = 2_000;

export class Traffic {
  #requests = new Map();
  #lastSign = performance.now();

  /** Counts from now on. `cdp` is the page's session of the Chrome DevTools Protocol. */
  static async watch(cdp) {
    const traffic = new Traffic();
    const requests = traffic.#requests;
    const on = (event, note) => {
      cdp.on(`Network.${event}`, (details) => {
        traffic.#lastSign = performance.now();
        note(details, requests.get(details.requestId) ?? {});
      });
    };
    on('requestWillBeSent', ({ requestId, request }) => {
      const isOnWire = request.url.startsWith('http');
      if (isOnWire) requests.set(requestId, { url: request.url, kind: 'rest', bytes: 0 });
    });
    // Such as a file that was preloaded and is then used.
    on('requestServedFromCache', ({ requestId }) => requests.delete(requestId));
    on('responseReceived', ({ response }, request) => (request.kind = kindOf(response.mimeType)));
    on('dataReceived', () => {});
    // Head and body as they were sent, still compressed.
    on('loadingFinished', ({ encodedDataLength }, request) => (request.bytes = encodedDataLength));
    on('loadingFailed', ({ errorText }, request) => (request.failure = errorText));
    await cdp.send('Network.enable');
    return traffic;
  }

  /** Returns once nothing is on its way, but for requests that the server holds. */
  async quiet() {
    for (;;) {
      const left = this.#lastSign + QUIET - performance.now();
      if (left <= 0) return;
      await setTimeout(left);
    }
  }

  /** How many requests were made. */
  get requests() {
    return this.#requests.size;
  }

  /** Bytes received, with their heads: of all together, and of each kind of file. */
  get bytes() {
    const bytes = { all: 0, html: 0, script: 0, wasm: 0, rest: 0 };
    for (const request of this.#requests.values()) {
      if (request.failure) throw new Error(`${request.url}: ${request.failure}`);
      bytes[request.kind] += request.bytes;
      bytes.all += request.bytes;
    }
    return bytes;
  }
}

function kindOf(mimeType) {
  if (mimeType === 'text/html') return 'html';
  if (mimeType === 'application/wasm') return 'wasm';
  return mimeType.endsWith('javascript') ? 'script' : 'rest';
}
