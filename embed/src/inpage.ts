// Shows the checkout in the shop's own document: the program of the payment page, mounted in a
// shadow root, without a frame. Where the page would break it, it refuses, and a frame is used.

import start, { mount as mountProgram } from '/usdt-checkout.js';

import { watchCard } from './card';
import type { InPage } from './protocol';

type Tell = Parameters<InPage['mount']>[2];

const GATEWAY = new URL(import.meta.url).origin;
const PROGRAM = '/usdt-checkout_bg.wasm';
const STYLE = '/checkout.css';

/** The program's style, once the program has started: once for all payments of the page. */
let loading: Promise<CSSStyleSheet> | undefined;
/** Why the program has ended. There is no second one. */
let broken: unknown;
/** What hears of that. */
const mounted = new Set<Tell>();

/** What the program relies on, and pages like to replace. */
const isPristine = () =>
  [fetch, Promise, JSON.parse, JSON.stringify, queueMicrotask].every((each) =>
    /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(each)),
  );

const ask = async (path: string, options?: RequestInit) => {
  const answer = await fetch(new URL(path, GATEWAY), { credentials: 'omit', ...options });
  if (!answer.ok) throw new Error(`${answer.url} answers ${answer.status}`);
  return answer;
};

const sheet = (css: string) => {
  const made = new CSSStyleSheet();
  made.replaceSync(
    css
      // An element of its own takes the place of the document.
      .replace(/:root|\bbody\b/g, '.page')
      // The shop says what a rem is.
      .replace(/([\d.]+)rem\b/g, (_, number: string) => `${+number * 16}px`),
  );
  return made;
};

/** The shop's styles end here. The page's width depends on nothing within it. */
const border = sheet(
  `:host {
    display: grid;
    grid-template-columns: minmax(0, 432px);
  }
  .page {
    all: initial;
    min-block-size: 0 !important;
    background: none !important;
  }`,
);

const load = async () => {
  // Trusted Types, where they are enforced, refuse this, and would refuse the program.
  document.createElement('template').innerHTML = '<p></p>';
  const [style] = await Promise.all([
    ask(STYLE).then((answer) => answer.text()),
    start({ module_or_path: new URL(PROGRAM, GATEWAY) }),
  ]);
  return sheet(style);
};

addEventListener('error', ({ error }) => endWith(error));
addEventListener('unhandledrejection', ({ reason }) => endWith(reason));

/** A program that has failed within is not asked again. */
const endWith = (error: unknown) => {
  if (!(error instanceof WebAssembly.RuntimeError) || !error.stack?.includes(GATEWAY)) return;
  broken = error;
  for (const tell of mounted) tell({ type: 'broken' });
};

/** Puts a drawing in the place of a QR code that the page's policy takes from no URL. */
const draw = (image: EventTarget | null) => {
  if (!(image instanceof HTMLImageElement)) return;
  const [, source] = /^data:image\/svg\+xml,(.*)/s.exec(image.src) ?? [];
  // Some browsers try twice.
  if (!source || image.style.display) return;
  const parser = new DOMParser();
  const picture = parser.parseFromString(decodeURIComponent(source), 'image/svg+xml');
  const svg = document.importNode(picture.documentElement, true);
  svg.setAttribute('class', image.className);
  svg.role = 'img';
  svg.ariaLabel = image.alt;
  image.style.display = 'none';
  image.after(svg);
};

/**
 * Mounts a payment in `place`. `tell` hears what the page in a frame would post, and `broken` where
 * it cannot go on.
 */
export const mount: InPage['mount'] = async (place, shown, tell) => {
  if (broken) throw broken;
  if (!isPristine()) throw new Error('the page has replaced functions of the browser');
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  const path = `/v1/checkout.json?${new URLSearchParams(shown)}`;
  const asked = ask(path, { cache: 'no-store' });
  const [style, answer] = await Promise.all([loading, asked]);
  const at = performance.now();
  const { presentation, palette, words, ...state } = await answer.json();

  const host = document.createElement('div');
  const shadow = host.attachShadow({ mode: 'open' });
  shadow.adoptedStyleSheets = [border, style, sheet(palette)];
  const root = document.createElement('div');
  root.className = 'page';
  root.lang = words.lang;
  root.dir = words.dir;
  root.role = 'group';
  root.ariaLabel = words.title;
  if (words.theme) root.dataset.theme = words.theme;
  shadow.append(root);
  place.append(host);

  root.addEventListener('error', ({ target }) => draw(target), true);

  const leave = () => tell({ type: 'leave' });
  let live: ReturnType<typeof mountProgram>;
  try {
    const [presented, known] = [JSON.stringify(presentation), JSON.stringify(state)];
    live = mountProgram(root, presented, known, at, GATEWAY, leave);
    if (!live) throw new Error('the gateway has sent what the program does not take');
  } catch (error) {
    host.remove();
    endWith(error);
    throw error;
  }
  const { tellState, stop } = watchCard(root, tell);
  mounted.add(tell);

  return {
    /** Takes what a page in a frame would be sent. */
    post(wish) {
      if (wish === 'stay') root.querySelector<HTMLElement>('#stay')?.click();
      if (wish !== 'hello') return;
      tell({ type: 'words', ...words });
      tellState();
    },
    stop() {
      mounted.delete(tell);
      stop();
      if (!broken) live.free();
      host.remove();
    },
  };
};
