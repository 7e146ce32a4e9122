// Shows the checkout in the shop's own document: the program of the payment page, mounted in a
// shadow root, without a frame. Where the page would break it, it refuses, and a frame is used.

import start, { mount as mountCheckout } from '/usdt-checkout.js';

const GATEWAY = new URL(import.meta.url).origin;
const PROGRAM = '/usdt-checkout_bg.wasm';
const STYLE = '/checkout.css';

/** The program's style, once the program has started: once for all payments of the page. */
let loading;
/** Why the program has ended. There is no second one. */
let broken;
/** What hears of that. */
const mounted = new Set();

/** What the program relies on, and pages like to replace. */
const isPristine = () =>
  [fetch, Promise, JSON.parse, JSON.stringify, queueMicrotask].every((each) =>
    /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(each)),
  );

const ask = async (path, options) => {
  const answer = await fetch(new URL(path, GATEWAY), { credentials: 'omit', ...options });
  if (!answer.ok) throw new Error(`${answer.url} answers ${answer.status}`);
  return answer;
};

const sheet = (css) => {
  const made = new CSSStyleSheet();
  made.replaceSync(
    css
      // An element of its own takes the place of the document.
      .replace(/:root|\bbody\b/g, '.page')
      // The shop says what a rem is.
      .replace(/([\d.]+)rem\b/g, (_, number) => `${number * 16}px`),
  );
  return made;
};

/** The shop's styles end here. */
const border = sheet(
  `.page {
    all: initial;
    min-block-size: 0 !important;
    max-inline-size: 432px;
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
const endWith = (error) => {
  if (!(error instanceof WebAssembly.RuntimeError) || !error.stack?.includes(GATEWAY)) return;
  broken = error;
  for (const tell of mounted) tell({ type: 'broken' });
};

/**
 * Mounts a payment in `place`: by its `id`, in a `lang` and a `theme`, which may be empty. `tell`
 * hears what the page in a frame would post, and `broken` where it cannot go on.
 */
export async function mount(place, payment, tell) {
  if (broken) throw broken;
  if (!isPristine()) throw new Error('the page has replaced functions of the browser');
  loading ??= load().catch((error) => {
    loading = undefined;
    throw error;
  });
  const path = `/v1/checkout.json?${new URLSearchParams(payment)}`;
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

  const leave = () => tell({ type: 'leave' });
  let live;
  try {
    const [shown, known] = [presentation, state].map((part) => JSON.stringify(part));
    live = mountCheckout(root, shown, known, at, GATEWAY, leave);
  } catch (error) {
    host.remove();
    endWith(error);
    throw error;
  }
  const tellState = () => tell({ type: 'state', ...root.firstElementChild.dataset });
  const watch = new MutationObserver(tellState);
  watch.observe(root, {
    attributeFilter: ['data-stage', 'data-status', 'data-confirmations', 'data-txid'],
    childList: true,
    subtree: true,
  });
  mounted.add(tell);

  return {
    /** Takes what a page in a frame would be sent. */
    post(type) {
      if (type === 'stay') root.querySelector('#stay')?.click();
      if (type !== 'hello') return;
      tell({ type: 'words', ...words });
      tellState();
    },
    stop() {
      mounted.delete(tell);
      watch.disconnect();
      if (!broken) live.free();
      host.remove();
    },
  };
}
