// What is shown and taken away again and again leaves nothing behind.

import type { CDPSession, Page } from '@playwright/test';

import { expect, test } from './fixtures';

test.skip(({ isMobile }) => isMobile, 'the same on every screen');

const ROUNDS = 50;

/** What the browser's own bookkeeping counts, after a collection of garbage. */
async function counted(cdp: CDPSession, page: Page) {
  await cdp.send('HeapProfiler.collectGarbage');
  const { nodes, documents, jsEventListeners } = await cdp.send('Memory.getDOMCounters');
  const { timers, memory } = await page.evaluate(() => ({
    timers: Reflect.get(globalThis, 'timers').size as number,
    memory: Reflect.get(globalThis, 'memory')?.buffer.byteLength ?? 0,
  }));
  return {
    nodes,
    documents,
    listeners: jsEventListeners,
    timers,
    memory,
    frames: page.frames().length,
  };
}

for (const isolation of ['', 'page']) {
  test(`${ROUNDS} rounds leave nothing behind ${isolation ? 'in the page' : 'of a frame'}`, async ({
    demo,
    page,
    embedded,
  }) => {
    await page.addInitScript(() => {
      const timers = new Set();
      const wrap = (
        start: 'setTimeout' | 'setInterval',
        stop: 'clearTimeout' | 'clearInterval',
      ) => {
        const [begin, end] = [window[start], window[stop]];
        const once = start === 'setTimeout';
        Reflect.set(window, start, (react: () => void, ...rest: unknown[]) => {
          const id = begin(
            (...values: []) => {
              if (once) timers.delete(id);
              react(...values);
            },
            ...(rest as [number]),
          );
          timers.add(id);
          return id;
        });
        Reflect.set(window, stop, (id: number) => {
          timers.delete(id);
          end(id);
        });
      };
      wrap('setTimeout', 'clearTimeout');
      wrap('setInterval', 'clearInterval');
      const { instantiateStreaming } = WebAssembly;
      WebAssembly.instantiateStreaming = async (...program) => {
        const made = await instantiateStreaming(...program);
        const exports = Object.values(made.instance.exports);
        const memory = exports.find((each) => each instanceof WebAssembly.Memory);
        Object.assign(globalThis, { memory });
        return made;
      };
      Object.assign(globalThis, { timers });
    });
    const payment = await demo.createPayment();
    await embedded.open(`<div id="place"></div>`);
    const cdp = await page.context().newCDPSession(page);
    const rounds = (count: number) =>
      page.evaluate(
        async ({ count, isolation, id }) => {
          const checkout = Reflect.get(window, 'UsdtCheckout');
          for (let round = 0; round < count; round++) {
            const element = checkout.mount('#place', { paymentId: id, isolation });
            await new Promise((resolve) => {
              element.addEventListener('usdt-checkout:status', resolve);
            });
            // Moved within the page, taken out and put back in the same moment, and removed.
            document.body.append(element);
            element.remove();
            document.querySelector('#place')!.append(element);
            if (round % 2) element.close();
            else element.remove();
            await new Promise((resolve) => requestAnimationFrame(resolve));
          }
        },
        { count, isolation, id: String(payment.payment_id) },
      );
    // The first rounds load what stays: the program, and the words of a language.
    await rounds(5);
    const before = await counted(cdp, page);
    await rounds(ROUNDS);
    await expect
      .poll(async () => {
        const after = await counted(cdp, page);
        return {
          nodes: Math.max(after.nodes - before.nodes, 0),
          documents: Math.max(after.documents - before.documents, 0),
          listeners: Math.max(after.listeners - before.listeners, 0),
          timers: after.timers,
          memory: after.memory - before.memory,
          frames: after.frames,
        };
      })
      .toEqual({ nodes: 0, documents: 0, listeners: 0, timers: 0, memory: 0, frames: 1 });
    await expect(page.locator('usdt-checkout')).toHaveCount(0);
  });
}
