// The element <usdt-checkout>: shows a payment as its attributes say, and tells of it by events.

import type {
  Detail,
  ErrorCode,
  Mode,
  Options,
  Status,
  UsdtCheckout,
  UsdtCheckoutElement,
} from '../../npm/src/index';
import {
  hear,
  TAG,
  type Checkout,
  type Fields,
  type InPage,
  type Shown,
  type State,
} from '../protocol';
import type { Around } from './around';
import { showFrame } from './iframe';
import { payLink } from './pay-link';
import { make } from './make';
import { openModal } from './modal';
import { ATTRIBUTES, create, type EventName } from './options';
import { complain, tellOfFrame } from './slips';
import { CSS } from './style';

const MODES: readonly (string | null)[] = ['inline', 'modal', 'page'] satisfies Mode[];

/** Defines the element for payments of this gateway. */
export const define = (gateway: string): Pick<UsdtCheckout, 'open' | 'mount'> => {
  // No policy of the shop's page forbids a sheet.
  const style = new CSSStyleSheet();
  style.replaceSync(CSS);

  /** The elements that show a payment now. */
  const live = new Set<CheckoutElement>();

  class CheckoutElement extends HTMLElement implements UsdtCheckoutElement {
    static observedAttributes = ATTRIBUTES;

    /** Shows a payment above the page, or as a page of its own, until it is closed. */
    static open(options: Options) {
      const element = create({ ...options }) as CheckoutElement;
      element.#isTemporary = true;
      // What cannot be opened goes through the page to be told.
      if (element.#mode === 'modal' || !element.#isValid) document.documentElement.append(element);
      element.open();
      return element;
    }

    /** Puts a payment at the end of an element. */
    static mount(where: string | Element | DocumentFragment, options: Options) {
      const element = create({ ...options }) as CheckoutElement;
      try {
        // Where there is no such element, it throws.
        (typeof where === 'string' ? document.querySelector(where)! : where).append(element);
      } catch {
        queueMicrotask(() => element.#refuse(where, 'element of this page'));
      }
      return element;
    }

    declare finished: Promise<Detail>;
    /** Keeps the promise of the end. */
    #resolve: ((detail: Detail) => void) | undefined;
    #root = this.attachShadow({ mode: 'open' });
    /** The shop's own way to the payment. */
    #slot = make('slot');
    #isOpen = false;
    /** It goes with what it shows. */
    #isTemporary = false;
    /** The shop does not want its payer to be led on. */
    #isStaying = false;
    /** All that what is shown depends on. */
    #shown = '';
    /** Another one each time that something is shown. */
    #turn: object | undefined;
    #checkout: Checkout | undefined;
    #around: Around | undefined;
    /** What the payer sees. */
    #now: State | undefined;

    constructor() {
      super();
      this.#root.adoptedStyleSheets = [style];
      this.#root.append(this.#slot);
      this.#promise();
      this.#slot.onclick = (event) => {
        if (this.#mode !== 'modal' || event.defaultPrevented) return;
        event.preventDefault();
        this.open();
      };
    }

    get status(): Status | undefined {
      return this.#now?.status;
    }

    get #mode() {
      const mode = this.getAttribute('mode');
      if (this.#isTemporary) return mode === 'page' ? mode : 'modal';
      return MODES.includes(mode) ? mode : 'inline';
    }

    get #id() {
      return this.getAttribute('payment-id')!;
    }

    get #isValid() {
      return /^\d{1,16}$/.test(this.#id);
    }

    get #page() {
      return `${gateway}/pay/?id=${this.#id}`;
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

    open() {
      if (!this.#isValid) return;
      if (this.#mode === 'page') top!.location.href = this.#page;
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

    /** Promises the end, by the language's own promise: pages replace the one that has its name. */
    #promise() {
      if (this.#resolve) return;
      const end = { then: (resolve: (detail: Detail) => void) => (this.#resolve = resolve) };
      this.finished = (async () => (await end) as unknown as Detail)();
    }

    #finish() {
      this.#resolve?.(this.#detail());
      this.#resolve = undefined;
    }

    /** Says what of the shop's is wrong: nothing comes of it. */
    #refuse(value: unknown, what: string) {
      this.#now = undefined;
      complain(this, `invalid: "${value}" is no ${what}`);
      this.#tell('error', { code: 'invalid' });
      this.#finish();
      if (this.#isTemporary) this.remove();
    }

    /** Once for all changes of a moment, and not at all for a move within the page. */
    #settle() {
      queueMicrotask(() => {
        const values = ATTRIBUTES.map((name) => this.getAttribute(name));
        const isWanted = this.isConnected && values[0] !== null;
        const wanted = isWanted ? [this.#isOpen, ...values].join() : '';
        if (wanted === this.#shown) return;
        this.#end();
        if (!this.isConnected) this.#finish();
        this.#shown = wanted;
        this.#slot.hidden = false;
        if (wanted) this.#begin(values);
        else this.#slot.replaceChildren();
      });
    }

    #begin([id, named, lang, theme, isolation]: (string | null)[]) {
      if (!this.#isValid) {
        this.#slot.replaceChildren();
        return this.#refuse(id, 'payment-id');
      }
      if (named && !MODES.includes(named)) complain(this, `"${named}" is no mode`);
      const mode = this.#mode;
      const isModal = mode === 'modal';
      this.#slot.hidden = this.#isTemporary || mode === 'inline';
      // It may have the focus.
      if (!this.#slot.firstChild) this.#slot.append(payLink(this.#page));
      (this.#slot.firstChild as HTMLAnchorElement).href = this.#page;
      if (mode === 'page' || (isModal && !this.#isOpen)) return;
      this.#now = undefined;
      this.#isStaying = false;
      live.add(this);
      this.#promise();
      const shown = { id: id!, lang: lang ?? '', theme: theme ?? '' };
      const around: Around = {
        place: this.#root,
        state: (now) => this.#take(now),
        leave: () => {
          // The gateway knows where to; no message does.
          if (!this.#isStaying) top!.location.href = this.#page.replace('?', 'return/?');
        },
      };
      this.#around = isModal ? openModal(this.#root, around, () => this.close()) : around;
      if (isolation === 'page') this.#showInPage(this.#around, shown);
      else this.#showFrame(this.#around, shown);
    }

    #end() {
      live.delete(this);
      this.#turn = undefined;
      this.#around?.stop?.();
      this.#checkout?.stop();
      this.#around = this.#checkout = undefined;
      this.#shown = '';
    }

    #showFrame(around: Around, shown: Shown) {
      this.#turn = undefined;
      this.#checkout = showFrame(gateway, around, shown, () => {
        complain(this, 'blocked');
        this.#tell('error', { code: 'blocked' });
        return payLink(this.#page, this.textContent);
      });
    }

    async #showInPage(around: Around, shown: Shown) {
      const turn = (this.#turn = {});
      const isCurrent = () => turn === this.#turn;
      try {
        const { mount } = (await import(`${gateway}/v1/inpage.js`)) as InPage;
        const checkout = await mount(around.place, shown, (message) => {
          if (!isCurrent()) return;
          if (message.type !== 'broken') return hear(message as Fields, around);
          this.#checkout?.stop();
          this.#showFrame(around, shown);
        });
        if (!isCurrent()) return checkout.stop();
        this.#checkout = checkout;
        checkout.post('hello');
      } catch (error) {
        if (!isCurrent()) return;
        tellOfFrame(error);
        this.#showFrame(around, shown);
      }
    }

    #take(now: State) {
      const before = this.#now;
      const isNew = (name: keyof State) => now[name] !== before?.[name];
      if (!(Object.keys(now) as (keyof State)[]).some(isNew)) return;
      this.#now = now;
      const { stage, status } = now;
      if (!status) {
        // Shown is no payment, but why there is none.
        if (isNew('stage')) this.#tell('error', { code: stage as ErrorCode });
        return;
      }
      if (!before?.status) this.#tell('ready');
      this.#tell('status');
      if (isNew('stage') && stage === 'seen') this.#tell('seen');
      if (!isNew('status') || status === 'pending') return;
      this.#finish();
      this.#isStaying = !this.#tell(status) || this.#isOneOfSeveral();
      if (this.#isStaying) this.#checkout?.post('stay');
    }

    /** A payer with more to pay here is led away only where the shop wants it. */
    #isOneOfSeveral() {
      const isOther = (each: CheckoutElement) => each.#id !== this.#id;
      return this.getAttribute('leave') !== 'always' && [...live].some(isOther);
    }

    #detail(more?: { code: ErrorCode }): Detail {
      return { paymentId: this.#id, ...this.#now, ...more };
    }

    #tell(event: EventName, more?: { code: ErrorCode }) {
      const told = new CustomEvent(`${TAG}:${event}`, {
        detail: this.#detail(more),
        cancelable: event === this.#now?.status,
        bubbles: true,
        composed: true,
      });
      return this.dispatchEvent(told);
    }
  }

  customElements.define(TAG, CheckoutElement);
  return CheckoutElement;
};
