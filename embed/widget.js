// The script that shops include: shows payments of this gateway on the shop's page, each as an
// element <usdt-checkout> with the payment page in a frame, within the page or above it.
//
// It decides nothing about a payment, and what it tells the shop's page proves nothing.

(() => {
  // On a server there is nothing to show it on.
  if (typeof document === 'undefined') return;

  const VERSION = '0.1.0';
  const TAG = 'usdt-checkout';
  /** The version of the messages between this script and the page in the frame. */
  const PROTOCOL = 1;
  /** How long a loaded frame may be silent until it counts as refused, in milliseconds. */
  const PATIENCE = 5000;
  const TITLE = 'Pay with USDT';
  const OPTIONS = ['mode', 'lang', 'theme', 'isolation'];
  const ATTRIBUTES = ['payment-id', ...OPTIONS];
  const EVENTS = ['ready', 'status', 'seen', 'paid', 'expired', 'failed', 'closed', 'error'];
  const STATUSES = ['pending', 'paid', 'expired', 'failed'];

  // A script that did not come as one, such as an imported module, finds itself. An element of this
  // name, in a comment on the page, stands for no script.
  const { currentScript } = document;
  const script =
    currentScript instanceof HTMLScriptElement
      ? currentScript
      : document.querySelector('script[src*="/v1/widget"]');

  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

  const create = (options) => {
    const element = make(TAG);
    for (const name of OPTIONS) if (options[name]) element.setAttribute(name, options[name]);
    element.setAttribute('payment-id', options.paymentId);
    for (const name of EVENTS) {
      const listener = options['on' + name[0].toUpperCase() + name.slice(1)];
      if (listener) element.addEventListener(`${TAG}:${name}`, listener);
    }
    return element;
  };

  // Each script that names a payment stands for an element; all the rest is there once.
  if (script?.dataset.paymentId) script.after(create(script.dataset));
  const GATEWAY = script?.src && new URL(script.src).origin;
  if (customElements.get(TAG) || !GATEWAY) {
    if (window.UsdtCheckout?.gateway !== GATEWAY) console.error(`${TAG}: one gateway for a page`);
    return;
  }

  // In pixels, since the shop says what a rem is.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
:host{display:inline-block}
:host([hidden]){display:none}
iframe{vertical-align:top;inline-size:432px;max-inline-size:100%;block-size:760px;border:0;border-radius:18px}
a,button,dialog{box-sizing:border-box;border:0;font:16px/1.4 system-ui,sans-serif}
a,button{display:block;min-inline-size:44px;min-block-size:44px;background:none;color:inherit;cursor:pointer}
a,.main{padding:10px 24px;border-radius:12px;background:#08775c;color:#fff;font-weight:600;text-decoration:none}
dialog{inline-size:min(100%,464px);max-inline-size:none;max-block-size:100dvh;padding:0 clamp(0px,50vw - 216px,16px) 16px;border-radius:18px;overscroll-behavior:contain;color-scheme:light dark;background:light-dark(#fff,#151b22);color:light-dark(#10171f,#eef2f6)}
dialog::backdrop{background:#0009}
[part=close]{position:sticky;z-index:1;top:0;background:inherit;margin-inline-start:auto;font-size:24px}
dialog dialog{inline-size:min(90%,360px);padding:16px}
dialog dialog button{inline-size:100%}`);

  /** The elements that show a payment now. */
  const live = new Set();

  let locks = 0;
  let overflow;
  /** Keeps the page behind from scrolling while a modal is open. */
  const lock = (change) => {
    const { style } = document.documentElement;
    if (!locks) overflow = style.overflow;
    locks += change;
    style.overflow = locks ? 'hidden' : overflow;
  };

  class Checkout extends HTMLElement {
    static observedAttributes = ATTRIBUTES;

    static {
      addEventListener('message', ({ source, origin, data }) => {
        if (origin !== GATEWAY || data?.[TAG] !== PROTOCOL) return;
        for (const each of live) if (each.#frame?.contentWindow === source) each.#hear(data);
      });
      addEventListener('securitypolicyviolation', (event) => {
        if (event.disposition !== 'enforce' || event.effectiveDirective !== 'frame-src') return;
        if (!event.blockedURI.startsWith(GATEWAY)) return;
        for (const each of live) if (each.#frame && !each.#now) each.#fail('blocked');
      });
      addEventListener('click', (event) => {
        const link = event.target.closest?.('a[data-usdt-checkout]');
        const isOther = event.button || event.ctrlKey || event.metaKey || event.shiftKey;
        if (!link || isOther || event.defaultPrevented || link.origin !== GATEWAY) return;
        const [, paymentId] = /[?&]id=(\d+)/.exec(link.search) ?? [];
        if (!paymentId) return;
        Checkout.launch({ ...link.dataset, paymentId });
        event.preventDefault();
      });
    }

    /** Shows a payment above the page, or as a page of its own, until it is closed. */
    static launch(options) {
      const mode = options.mode === 'page' ? 'page' : 'modal';
      const element = create({ ...options, mode });
      element.#isTemporary = true;
      if (mode === 'modal') document.documentElement.append(element);
      element.open();
      return element;
    }

    #root = this.attachShadow({ mode: 'open' });
    /** What opens the payment: of the shop's own, or else a link. */
    #slot = make('slot', { hidden: true });
    #isOpen = false;
    /** It goes with what it shows. */
    #isTemporary = false;
    /** The shop does not want its payer to be led on. */
    #isStaying;
    /** All that what is shown depends on. */
    #shown = '';
    /** Another one each time that something is shown. */
    #turn;
    #frame;
    /** The checkout in the shop's own document. */
    #inPage;
    #dialog;
    #question;
    /** The way to the payment where it cannot be shown. */
    #link;
    #timer;
    /** Words in the payer's language. */
    #words = {};
    /** What the payer sees. */
    #now;
    /** Keeps the promise of the end. */
    #resolve;

    constructor() {
      super();
      this.#root.adoptedStyleSheets = [sheet];
      this.#root.append(this.#slot);
      this.#slot.append(make('a', { part: 'link', textContent: TITLE }));
      this.#promise();
      this.#slot.onclick = (event) => {
        if (this.#mode !== 'modal' || event.defaultPrevented) return;
        event.preventDefault();
        this.open();
      };
    }

    get status() {
      return this.#now?.status;
    }

    get #mode() {
      return this.getAttribute('mode');
    }

    get #page() {
      return `${GATEWAY}/pay/?id=${this.getAttribute('payment-id')}`;
    }

    connectedCallback() {
      this.#settle();
    }

    disconnectedCallback() {
      this.#settle();
    }

    attributeChangedCallback() {
      this.#settle();
    }

    /** Promises the end, by the language's own promise: pages replace the one that has its name. */
    #promise() {
      if (this.#resolve) return;
      this.finished = (async () => await { then: (resolve) => (this.#resolve = resolve) })();
    }

    #finish() {
      this.#resolve?.(this.#detail());
      this.#resolve = undefined;
    }

    open() {
      if (this.#mode === 'page') top.location.href = this.#page;
      if (this.#mode !== 'modal') return;
      this.#isOpen = true;
      this.#promise();
      this.#settle();
    }

    close() {
      if (!live.has(this)) return;
      this.#isOpen = false;
      this.#end();
      this.#tell('closed');
      this.#finish();
      if (this.#isTemporary || this.#mode !== 'modal') this.remove();
      this.#settle();
    }

    /** Once for all changes of a moment, and not at all for a move within the page. */
    #settle() {
      queueMicrotask(() => {
        const values = ATTRIBUTES.map((name) => this.getAttribute(name));
        const wanted = this.isConnected && values[0] ? [this.#isOpen, ...values].join() : '';
        if (wanted === this.#shown) return;
        this.#end();
        if (!this.isConnected) this.#finish();
        this.#shown = wanted;
        if (wanted) this.#begin(...values);
      });
    }

    #begin(id, mode, lang, theme, isolation) {
      const isModal = mode === 'modal';
      const isIdle = mode === 'page' || (isModal && !this.#isOpen);
      const isValid = /^\d{1,16}$/.test(id);
      this.#slot.hidden = this.#isTemporary || (isValid && !isModal && !isIdle);
      this.#slot.firstChild.href = this.#page;
      if (!isIdle) {
        this.#now = this.#isStaying = undefined;
        live.add(this);
        this.#promise();
      }
      if (!isValid) return this.#fail('invalid');
      if (isIdle) return;
      const payment = { id, lang: lang ?? '', theme: theme ?? '' };
      const place = isModal ? this.#openDialog() : this.#root;
      if (isolation === 'page') this.#showInPage(place, payment);
      else this.#showFrame(place, payment);
    }

    #end() {
      clearTimeout(this.#timer);
      live.delete(this);
      this.#inPage?.stop();
      if (this.#dialog) {
        lock(-1);
        // While it is open, nothing else can have the focus.
        this.#question?.close();
        this.#dialog.onclose = null;
        // Gives the focus back.
        this.#dialog.close();
      }
      for (const each of [this.#dialog, this.#frame, this.#link]) each?.remove();
      this.#turn =
        this.#inPage =
        this.#question =
        this.#dialog =
        this.#frame =
        this.#link =
          undefined;
      this.#shown = '';
    }

    #openDialog() {
      const close = () => this.#askToClose();
      const dialog = make('dialog', { part: 'dialog', ariaLabel: TITLE });
      dialog.oncancel = (event) => {
        // Those who insist are not asked.
        if (!event.cancelable) return;
        event.preventDefault();
        close();
      };
      dialog.onclose = () => this.close();
      const button = { part: 'close', textContent: '×', ariaLabel: 'Close' };
      dialog.append(make('button', { ...button, onclick: close }));
      this.#root.append(dialog);
      dialog.showModal();
      lock(1);
      return (this.#dialog = dialog);
    }

    async #showInPage(place, payment) {
      const turn = (this.#turn = {});
      const isCurrent = () => turn === this.#turn;
      try {
        const { mount } = await import(`${GATEWAY}/v1/inpage.js`);
        const inPage = await mount(place, payment, (data) => {
          if (!isCurrent()) return;
          if (data.type !== 'broken') return this.#hear(data);
          this.#inPage = inPage.stop();
          this.#showFrame(place, payment);
        });
        if (!isCurrent()) return inPage.stop();
        this.#inPage = inPage;
        this.#post('hello');
      } catch (error) {
        console.warn(`${TAG}: shown in a frame:`, error);
        if (isCurrent()) this.#showFrame(place, payment);
      }
    }

    #showFrame(place, payment) {
      this.#frame = make('iframe', {
        part: 'frame',
        title: TITLE,
        allow: 'clipboard-write',
        sandbox:
          'allow-scripts allow-same-origin allow-forms allow-modals allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation',
        loading: this.#dialog ? 'eager' : 'lazy',
        src: `${GATEWAY}/pay/?frame=1&${new URLSearchParams(payment)}`,
        onload: () => {
          this.#timer = setTimeout(() => this.#fail('blocked'), PATIENCE);
          this.#post('hello');
        },
      });
      place.append(this.#frame);
    }

    #post(type) {
      this.#inPage?.post(type);
      this.#frame?.contentWindow?.postMessage({ [TAG]: PROTOCOL, type }, GATEWAY);
    }

    /** What the page in the frame tells. */
    #hear(data) {
      const [frame, dialog] = [this.#frame, this.#dialog];
      clearTimeout(this.#timer);
      if (frame) frame.hidden = false;
      this.#link = this.#link?.remove();
      switch (data.type) {
        case 'state':
          return this.#take(data);
        case 'size':
          frame.style.blockSize = `${data.height | 0}px`;
          return;
        case 'words':
          this.#words = data;
          if (frame) frame.title = data.title;
          if (!dialog) return;
          dialog.ariaLabel = data.title;
          dialog.lang = data.lang;
          dialog.dir = data.dir;
          dialog.style.colorScheme = data.theme ?? '';
          dialog.firstChild.ariaLabel = data.close;
          return;
        case 'close':
          return dialog && this.#askToClose();
        case 'leave':
          // The gateway knows where to; no message does.
          if (!this.#isStaying) top.location.href = this.#page.replace('?', 'return/?');
      }
    }

    #take({ stage, status, confirmations, required, txid }) {
      const before = this.#now;
      const now = {
        stage: /^[a-z]+$/.exec(stage)?.[0],
        status: STATUSES.find((each) => each === status),
        confirmations: status && confirmations | 0,
        requiredConfirmations: status && required | 0,
        txid: /^[\da-f]{64}$/.exec(txid)?.[0],
      };
      if (Object.values(now).join() === Object.values(before ?? {}).join()) return;
      this.#now = now;
      if (stage !== 'seen') this.#question?.close();
      const isNew = (name) => now[name] !== before?.[name];
      if (!now.status) {
        // Shown is no payment, but why there is none.
        if (isNew('stage') && stage !== 'loading') this.#tell('error', { code: now.stage });
        return;
      }
      if (!before?.status) this.#tell('ready');
      this.#tell('status');
      if (isNew('stage') && stage === 'seen') this.#tell('seen');
      if (!isNew('status') || status === 'pending') return;
      this.#finish();
      this.#isStaying = !this.#tell(status);
      if (this.#isStaying) this.#post('stay');
    }

    #detail(more) {
      return { paymentId: this.getAttribute('payment-id'), ...this.#now, ...more };
    }

    #tell(event, more) {
      const cancelable = STATUSES.includes(event);
      const detail = this.#detail(more);
      const told = new CustomEvent(`${TAG}:${event}`, {
        detail,
        cancelable,
        bubbles: true,
        composed: true,
      });
      return this.dispatchEvent(told);
    }

    /** Shows a link where the payment cannot be shown. */
    #fail(code) {
      if (this.#link) return;
      console.error(`${TAG}: ${code}, see docs/embed.md`);
      if (this.#frame) {
        this.#frame.hidden = true;
        this.#link = this.#slot.firstChild.cloneNode(true);
        this.#link.textContent = this.textContent.trim() || TITLE;
        this.#frame.after(this.#link);
      }
      this.#tell('error', { code });
    }

    /** Closes, or asks first while the payment is on its way. */
    #askToClose() {
      const { ask, close, keep } = this.#words;
      if (this.#now?.stage !== 'seen' || this.#question || !ask) return this.close();
      const question = make('dialog', { part: 'question', ariaLabel: ask });
      question.onclose = () => {
        question.remove();
        this.#question = undefined;
      };
      question.append(
        make('p', { textContent: ask }),
        make('button', { className: 'main', textContent: keep, onclick: () => question.close() }),
        make('button', { textContent: close, onclick: () => this.close() }),
      );
      this.#dialog.append(question);
      question.showModal();
      this.#question = question;
    }
  }

  customElements.define(TAG, Checkout);

  window.UsdtCheckout = Object.freeze({
    version: VERSION,
    gateway: GATEWAY,
    open: Checkout.launch,
    mount(where, options) {
      const element = create(options);
      (typeof where === 'string' ? document.querySelector(where) : where).append(element);
      return element;
    },
  });
})();
