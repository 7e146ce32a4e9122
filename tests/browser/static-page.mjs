// What the payment page is measured beside: its own bytes as a file that nothing runs in, and the
// least page that says what a payer must know. A server that does nothing else sends them.

import { createServer } from 'node:http';
import { brotliCompressSync, constants } from 'node:zlib';

/** What the gateway compresses its pages with. */
const QUALITY = 4;

/** The head of every answer. The others are the gateway's own. */
const HEADERS = { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' };

const LEAST_STYLE =
  'body{max-width:27rem;margin:auto;padding:1rem;font:1rem/1.4 sans-serif}' +
  '#amount{font-size:2rem}#address{overflow-wrap:anywhere}.qr{display:block;width:185px;height:185px}';

/** The least that a page does which says how much time is left. */
const COUNTDOWN =
  '<script>let left=900;setInterval(()=>{left--;document.querySelector(".timer").firstChild.data=' +
  '`${left/60|0}:${left%60}`},1000)</script>';

export class StaticPages {
  #server;

  /** Serves both for the payment that `url` shows. Takes a browser to read the HTML with. */
  static async of(url, browser) {
    const answer = await fetch(url, { headers: { Accept: 'text/html' } });
    if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
    const { own, least } = await read(await answer.text(), browser);
    const bodies = new Map([
      ['/own', compressed(own)],
      ['/counting', compressed(own + COUNTDOWN)],
      ['/least', compressed(least)],
    ]);
    const server = createServer(({ url }, response) => {
      const body = bodies.get(url);
      if (!body) return response.writeHead(404).end();
      response.writeHead(200, {
        ...HEADERS,
        'Content-Encoding': 'br',
        'Content-Length': body.length,
      });
      response.end(body);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const pages = new StaticPages();
    pages.#server = server;
    const origin = `http://127.0.0.1:${server.address().port}`;
    pages.own = `${origin}/own`;
    pages.counting = `${origin}/counting`;
    pages.least = `${origin}/least`;
    return pages;
  }

  async close() {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

function compressed(html) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: QUALITY };
  return brotliCompressSync(html, { params });
}

/** The page with all of its bytes but what asks for other files, its scripts as mere data; and the
 * three things that a payer must know, with as much style as they need. */
async function read(html, browser) {
  const page = await browser.newPage();
  try {
    return await page.evaluate(
      ({ html, style }) => {
        const parsed = new DOMParser().parseFromString(html, 'text/html');
        const needed = ['.qr', '#amount', '#address'].map((each) => {
          const element = parsed.querySelector(each);
          if (!element) throw new Error(`the page has no ${each}`);
          return element;
        });
        const [code, amount, address] = needed.map((element) => element.cloneNode(true));
        address.textContent = address.textContent.trim();
        const least =
          `<!DOCTYPE html><html lang="en"><meta charset="utf-8">` +
          `<meta name="viewport" content="width=device-width">` +
          // Or else the browser asks for one.
          `<link rel="icon" href="data:,"><title>Pay</title>` +
          `<style>${style}</style><p>${amount.outerHTML} USDT</p>` +
          `${code.outerHTML}${address.outerHTML}`;

        const asking = 'script[src], noscript, link:not([href^="data:"])';
        for (const element of parsed.querySelectorAll(asking)) element.remove();
        for (const script of parsed.querySelectorAll('script')) script.type = 'text/plain';
        return { own: `<!DOCTYPE html>${parsed.documentElement.outerHTML}`, least };
      },
      { html, style: LEAST_STYLE },
    );
  } finally {
    await page.close();
  }
}
