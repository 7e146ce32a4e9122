// One visit to a page with a slow phone: an empty cache, a slow processor, a slow network.

import { setTimeout } from 'node:timers/promises';

import { Traffic } from './traffic.mjs';

export const CPU_SLOWDOWN = 4;

const PHONE = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};
const PATIENCE = 60_000;
const MINUTE = 60_000;

export class Visit {
  #context;
  #page;
  #cdp;
  #times;

  /**
   * Opens a page and returns once it is shown; with `isLive`, once its program runs too.
   * Without a network (`{ name, kilobits, latency }`), network and processor are as they are.
   */
  static async open(browser, url, { network, isLive }) {
    const visit = new Visit();
    // A context has a cache of its own.
    visit.#context = await browser.newContext(PHONE);
    try {
      await visit.#open(url, network, isLive);
    } catch (error) {
      await visit.close();
      throw error;
    }
    return visit;
  }

  async #open(url, network, isLive) {
    this.#page = await this.#context.newPage();
    this.#cdp = await this.#context.newCDPSession(this.#page);
    this.traffic = await Traffic.watch(this.#cdp);
    if (network) await this.#slowDown(network);
    await this.#page.addInitScript(observe);
    await this.#page.goto(url, { waitUntil: 'commit' });
    this.#times = { visible: await this.#observed('visible') };
    if (isLive) this.#times.live = await this.#observed('live');
    await this.traffic.quiet();
  }

  async #slowDown({ kilobits, latency }) {
    await this.#cdp.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN });
    await this.#cdp.send('Network.emulateNetworkConditions', {
      offline: false,
      latency,
      downloadThroughput: (kilobits * 1_000) / 8,
      uploadThroughput: -1,
    });
  }

  /** Everything about the load. Times are milliseconds since the navigation began. */
  async load() {
    const firstPaint = await this.#observed('firstPaint');
    const { shift, largestPaint, taken } = await this.#page.evaluate(() => {
      const { shift, largestPaint, taken } = window.observed;
      return { shift, largestPaint, taken };
    });
    return {
      ...this.#times,
      firstPaint,
      largestPaint,
      repainted: Number(largestPaint > taken),
      requests: this.traffic.requests,
      ...this.traffic.bytes,
      shift,
    };
  }

  /** What the page does in a minute in which nothing happens. */
  async idleMinute() {
    // Of the thread's own time, so that a busy machine adds nothing.
    await this.#cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
    const before = { busy: await this.#busy(), requests: this.traffic.requests };
    await setTimeout(MINUTE);
    return {
      idleBusy: (await this.#busy()) - before.busy,
      idleRequests: this.traffic.requests - before.requests,
    };
  }

  /** When the page said that the payment is paid, in milliseconds since 1970. */
  paid() {
    return this.#observed('paid');
  }

  close() {
    return this.#context.close();
  }

  /** Milliseconds that the main thread has worked. */
  async #busy() {
    const { metrics } = await this.#cdp.send('Performance.getMetrics');
    const duration = metrics.find(({ name }) => name === 'TaskDuration');
    if (!duration) throw new Error('the browser does not say how long the main thread worked');
    return duration.value * 1_000;
  }

  async #observed(what) {
    const settled = new AbortController();
    const late = setTimeout(PATIENCE, undefined, { signal: settled.signal }).then(() => {
      throw new Error(`${this.#page.url()} was not ${what} within ${PATIENCE / 1_000} s`);
    });
    try {
      const happened = this.#page.evaluate((what) => window.observed[what], what);
      return await Promise.race([happened, late]);
    } finally {
      settled.abort();
    }
  }
}

/** Runs in the page, before anything of its own. */
function observe() {
  const observed = { shift: 0 };
  window.observed = observed;

  new PerformanceObserver((list) => {
    for (const { value } of list.getEntries()) observed.shift += value;
  }).observe({ type: 'layout-shift', buffered: true });

  observed.live = new Promise((resolve) => {
    addEventListener('usdt-checkout:live', () => resolve(performance.now()));
  });

  observed.firstPaint = new Promise((resolve) => {
    new PerformanceObserver((list) => {
      const [paint] = list.getEntriesByName('first-contentful-paint');
      if (paint) resolve(paint.startTime);
    }).observe({ type: 'paint', buffered: true });
  });

  new PerformanceObserver((list) => {
    observed.largestPaint = list.getEntries().at(-1).startTime;
  }).observe({ type: 'largest-contentful-paint', buffered: true });

  observed.visible = new Promise((resolve) => {
    const isVisible = (selector) => {
      const element = document.querySelector(selector);
      const box = element?.getBoundingClientRect();
      const isSeen = element?.checkVisibility({ opacityProperty: true, visibilityProperty: true });
      return isSeen && box.width > 0 && box.height > 0;
    };
    const look = () => {
      // A phone cannot scan itself: there, what opens the code counts.
      const isCodeReady = isVisible('.qr') || isVisible('#code-title');
      if (!isCodeReady || !['#amount', '#address'].every(isVisible)) {
        requestAnimationFrame(look);
        return;
      }
      // This frame is painted before the next task.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve(performance.now());
      };
      port2.postMessage(null);
    };
    requestAnimationFrame(look);
  });

  // The live page replaces the view that was sent.
  new MutationObserver((changes, observer) => {
    const isView = ({ id }) => id === 'view';
    if (!changes.some(({ removedNodes }) => [...removedNodes].some(isView))) return;
    observer.disconnect();
    observed.taken = performance.now();
  }).observe(document, { childList: true, subtree: true });

  observed.paid = new Promise((resolve) => {
    new MutationObserver((_, observer) => {
      if (!document.querySelector('article.card[data-stage="paid"]')) return;
      observer.disconnect();
      resolve(Date.now());
    }).observe(document, { attributeFilter: ['data-stage'], childList: true, subtree: true });
  });
}
