// The least that a page with this content can cost: the payment page as a file, without any script
// or request, from a server that does nothing else.

import { createServer } from 'node:http';
import { brotliCompressSync, constants } from 'node:zlib';

/** What the gateway compresses its pages with. */
const QUALITY = 4;

export class StaticPage {
  #server;

  /** Serves what `url` shows. Takes a browser to read the HTML with. */
  static async of(url, browser) {
    const html = await withoutScripts(url, browser);
    const body = brotliCompressSync(html, {
      params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY },
    });
    const server = createServer((_, response) => {
      response.writeHead(200, {
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Encoding': 'br',
        'Content-Length': body.length,
        'Cache-Control': 'no-store',
      });
      response.end(body);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const page = new StaticPage();
    page.#server = server;
    page.url = `http://127.0.0.1:${server.address().port}/`;
    return page;
  }

  async close() {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

async function withoutScripts(url, browser) {
  const answer = await fetch(url, { headers: { Accept: 'text/html' } });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  const page = await browser.newPage();
  try {
    return await page.evaluate((html) => {
      const parsed = new DOMParser().parseFromString(html, 'text/html');
      const asking = 'script, noscript, link:not([href^="data:"])';
      for (const element of parsed.querySelectorAll(asking)) element.remove();
      return `<!DOCTYPE html>${parsed.documentElement.outerHTML}`;
    }, await answer.text());
  } finally {
    await page.close();
  }
}
