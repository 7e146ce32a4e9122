// A shop's web server, on a site of its own: another origin than the gateway's, and another site.

import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

export class Shop {
  #server;
  #pages = new Map();
  #folders = [];

  static async open() {
    const shop = new Shop();
    shop.#server = createServer((request, response) => shop.#answer(request, response));
    await new Promise((resolve) => shop.#server.listen(0, '127.0.0.1', resolve));
    return shop;
  }

  /** Browsers find any name under localhost on this machine. */
  get url() {
    return `http://shop.localhost:${this.#server.address().port}`;
  }

  /** The same server, as a site of somebody else. */
  get otherUrl() {
    return this.url.replace('shop.', 'stranger.');
  }

  /** Puts up a page of its own and returns its path. */
  page(html, headers = {}) {
    const path = `/page-${this.#pages.size + 1}`;
    this.#pages.set(path, { html, headers });
    return path;
  }

  /** Serves the files of a folder, such as a built example, below `path`. */
  serve(path, folder) {
    this.#folders.push([path, folder]);
  }

  close() {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request, response) {
    const { pathname } = new URL(request.url, this.url);
    const page = this.#pages.get(pathname);
    if (page) {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', ...page.headers });
      response.end(page.html);
      return;
    }
    const file = this.#file(pathname);
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': `${TYPES[extname(file)]}; charset=utf-8` });
    createReadStream(file).pipe(response);
  }

  #file(pathname) {
    const [path, folder] = this.#folders.find(([path]) => pathname.startsWith(`${path}/`)) ?? [];
    if (!folder) return undefined;
    const file = join(folder, normalize(pathname.slice(path.length)));
    if (!(extname(file) in TYPES)) return undefined;
    return existsSync(file) ? file : undefined;
  }
}
