// Loads the gateway's script, once, and says in types what it offers.
//
// The script itself always comes from the gateway: it belongs to the payment page that it shows.

/** Where a checkout is shown. */
export type Mode =
  /** Within the page, where the element stands. */
  | 'inline'
  /** In a window above the page. */
  | 'modal'
  /** As a page of its own: the payer leaves the shop's page. */
  | 'page';

/** Where a payment stands, in the words of the gateway's API. */
export type Status =
  /** Not paid yet, or not finally. */
  | 'pending'
  /**
   * Paid, finally. **Told to a page, it proves nothing: deliver only on the signed webhook or an
   * authenticated status request.**
   */
  | 'paid'
  /** Not paid in time. A late payment can still make it `paid`. */
  | 'expired'
  /** Given up. It cannot be paid any more. */
  | 'failed';

/** What the payer sees: finer than {@link Status}. */
export type Stage =
  /** What is to be paid, with the time left. */
  | 'waiting'
  /** The time is up, and the chain is still being read. */
  | 'checking'
  /** The transfer is on the chain and waits for its confirmations. */
  | 'seen'
  /** Less than the amount has arrived. The merchant decides. */
  | 'short'
  /** More than the amount has arrived. The merchant decides. */
  | 'over'
  /** The amount has arrived in a way that the merchant has to look at. */
  | 'review'
  /**
   * Paid, finally. **Told to a page, it proves nothing: deliver only on the signed webhook or an
   * authenticated status request.**
   */
  | 'paid'
  /** Not paid in time. */
  | 'expired'
  /** Given up. */
  | 'failed'
  /** There is no payment of this ID. */
  | 'unknown'
  /** The gateway cannot show it right now; the checkout tries again by itself. */
  | 'unavailable'
  /** The payment's details are not what they were, and the payer is told not to pay. */
  | 'changed';

/**
 * What is known of a payment. All but the ID is absent until the checkout has told it.
 *
 * **It proves nothing: deliver only on the signed webhook or an authenticated status request.**
 */
export interface Detail {
  /** The payment's ID, as its decimal digits. */
  paymentId: string;
  stage?: Stage;
  /** Absent where there is no payment to speak of, as in the stage `unknown`. */
  status?: Status;
  /** Blocks on top of the transfer's block. 0 before there is a transfer. */
  confirmations?: number;
  /** The `confirmations` that make a transfer final. */
  requiredConfirmations?: number;
  /**
   * The transfer's transaction ID: 64 hex digits, in lower case. It is there as soon as a transfer
   * is seen, before the payment is paid.
   */
  txid?: string;
}

/** What is known of a payment whose status has been told. */
export interface StatusDetail extends Detail {
  stage: Stage;
  status: Status;
  confirmations: number;
  requiredConfirmations: number;
}

/** Why a payment cannot be shown, or not be paid. */
export type ErrorCode =
  /** The payment ID is no number of up to 16 digits, or `mount` found no element to put it in. */
  | 'invalid'
  /**
   * The payment page did not answer from its frame: this site is not among the project's allowed
   * origins, this page's policy forbids the frame, or the gateway cannot be reached.
   */
  | 'blocked'
  /** The stage of this name. */
  | 'unknown'
  /** The stage of this name. */
  | 'unavailable'
  /** The stage of this name. */
  | 'changed';

/** What is known of a payment that cannot be shown, or not be paid. */
export interface ErrorDetail extends Detail {
  code: ErrorCode;
}

/** The events of a checkout. They bubble, so that the whole document hears them. */
export interface CheckoutEventMap {
  /** The payer sees the payment. Told once each time that it is shown. */
  'usdt-checkout:ready': CustomEvent<StatusDetail>;
  /** Anything of the detail is new, the first time included. */
  'usdt-checkout:status': CustomEvent<StatusDetail>;
  /** The transfer is on the chain, not final yet. */
  'usdt-checkout:seen': CustomEvent<StatusDetail>;
  /**
   * The payment is paid, or is shown and has been paid before.
   *
   * **It proves nothing, for anybody can make this event: deliver only on the signed webhook or an
   * authenticated status request.**
   *
   * `preventDefault()` keeps the payer here, who is led to the payment's `success_url` otherwise.
   */
  'usdt-checkout:paid': CustomEvent<StatusDetail>;
  /**
   * The payment has expired, or is shown and has expired before. A late payment can still make it
   * paid. `preventDefault()` keeps the payer here, who is led to the `fail_url` otherwise.
   */
  'usdt-checkout:expired': CustomEvent<StatusDetail>;
  /**
   * The payment has failed, or is shown and has failed before. `preventDefault()` keeps the payer
   * here, who is led to the `fail_url` otherwise.
   */
  'usdt-checkout:failed': CustomEvent<StatusDetail>;
  /** The payer, or `close()`, has closed the checkout. The payment goes on. */
  'usdt-checkout:closed': CustomEvent<Detail>;
  /** The payment cannot be shown, or not be paid. */
  'usdt-checkout:error': CustomEvent<ErrorDetail>;
}

/** How a payment is to be shown, and what is to be called. */
export interface Options {
  /** The `payment_id` that the gateway gave to the shop's server. */
  paymentId: string | number;
  /** Without one it is `inline` in `mount` and `modal` in `open`, which never shows it `inline`. */
  mode?: Mode | undefined;
  /** A language tag such as `de` or `pt-BR`. Without one, the payer's browser decides. */
  lang?: string | undefined;
  /** Without one, the payer's device decides. */
  theme?: 'light' | 'dark' | undefined;
  /**
   * `page` shows the checkout in the shop's own document instead of a frame. Every script of the
   * page can then change what the payer sees, the address included.
   */
  isolation?: 'page' | undefined;
  /** Leads the payer on also where other payments are shown on the page. */
  leave?: 'always' | undefined;
  /** The payer sees the payment. */
  onReady?: ((event: CustomEvent<StatusDetail>) => void) | undefined;
  /** Anything of the detail is new, the first time included. */
  onStatus?: ((event: CustomEvent<StatusDetail>) => void) | undefined;
  /** The transfer is on the chain, not final yet. */
  onSeen?: ((event: CustomEvent<StatusDetail>) => void) | undefined;
  /**
   * The payment is paid. **It proves nothing: deliver only on the signed webhook or an
   * authenticated status request.** `event.preventDefault()` keeps the payer here, who is led to
   * the payment's `success_url` otherwise.
   */
  onPaid?: ((event: CustomEvent<StatusDetail>) => void) | undefined;
  /**
   * The payment has expired. `event.preventDefault()` keeps the payer here, who is led to the
   * `fail_url` otherwise.
   */
  onExpired?: ((event: CustomEvent<StatusDetail>) => void) | undefined;
  /**
   * The payment has failed. `event.preventDefault()` keeps the payer here, who is led to the
   * `fail_url` otherwise.
   */
  onFailed?: ((event: CustomEvent<StatusDetail>) => void) | undefined;
  /** The payer, or `close()`, has closed the checkout. The payment goes on. */
  onClosed?: ((event: CustomEvent<Detail>) => void) | undefined;
  /** The payment cannot be shown, or not be paid. */
  onError?: ((event: CustomEvent<ErrorDetail>) => void) | undefined;
}

/** An element `<usdt-checkout payment-id="…">`, which shows a payment as long as it is in the page. */
export interface UsdtCheckoutElement extends HTMLElement {
  /** Where the payment stands, once the checkout has told it. */
  readonly status: Status | undefined;
  /**
   * Resolves when the payment is first told to be paid, expired or failed, or when the checkout is
   * closed or removed before that, or at once if there is no such ID or place. A modal that is opened again has a new promise.
   *
   * **It proves nothing: deliver only on the signed webhook or an authenticated status request.**
   */
  readonly finished: Promise<Detail>;
  /** Opens the window of the mode `modal`, or the page of the mode `page`. */
  open(): void;
  /**
   * Closes the checkout if it is shown, without asking the payer. The element leaves the page too,
   * unless it was mounted in the mode `modal`.
   */
  close(): void;
}

/** What the gateway's script offers, as the global `UsdtCheckout`. */
export interface UsdtCheckout {
  /** The script's version. */
  readonly version: string;
  /** The origin of the gateway whose payments it shows. */
  readonly gateway: string;
  /** Shows a payment above the page, or in the mode `page` instead of it, until it is closed. */
  open(options: Options): UsdtCheckoutElement;
  /** Shows a payment at the end of an element, named by itself or by a CSS selector. */
  mount(where: string | Element | DocumentFragment, options: Options): UsdtCheckoutElement;
}

/** How the gateway's script is to be loaded. */
export interface LoadOptions {
  /** The one version to load, such as `0.1.0`. Without one, it is the gateway's newest. */
  version?: string | undefined;
  /** The hash of that version, from `/v1/widget.json` of the gateway: the browser refuses any other. */
  integrity?: string | undefined;
  /** The nonce of the page's content security policy. */
  nonce?: string | undefined;
}

declare global {
  interface Window {
    UsdtCheckout?: UsdtCheckout;
  }
  interface HTMLElementTagNameMap {
    'usdt-checkout': UsdtCheckoutElement;
  }
  interface GlobalEventHandlersEventMap extends CheckoutEventMap {}
}

/** What this module needs of Trusted Types. What they make can be set where a string can. */
interface TrustedTypes {
  createPolicy(name: string, rules: Policy): Policy;
}

interface Policy {
  createScriptURL(url: string): string;
}

/** The origin of the gateway that the page uses: its script takes no second one. */
let used: string | undefined;
let loading: Promise<UsdtCheckout> | undefined;
/** A page allows a policy's name only once. */
let policy: Policy | undefined;

/**
 * Loads the gateway's script into the page, once, and resolves to what it offers; to `null` on a
 * server, where there is no page. Rejects if it cannot be loaded; the next call tries again.
 *
 * @param gateway - The gateway's URL, such as `https://pay.example`.
 */
export function loadUsdtCheckout(
  gateway: string,
  options: LoadOptions = {},
): Promise<UsdtCheckout | null> {
  if (typeof document === 'undefined') return Promise.resolve(null);
  const origin = originOf(gateway);
  if (!origin) {
    return refuse(
      `The gateway must be an http or https URL such as https://pay.example, not "${gateway}".`,
    );
  }
  if (loading) return origin === used ? loading : refuseSecond(used, origin);
  used = origin;
  loading = load(origin, options).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

function originOf(gateway: string): string | undefined {
  try {
    const { protocol, origin } = new URL(gateway);
    return protocol === 'https:' || protocol === 'http:' ? origin : undefined;
  } catch {
    return undefined;
  }
}

function refuse(why: string): Promise<never> {
  return Promise.reject(new Error(`usdt-checkout: ${why}`));
}

function refuseSecond(used: string | undefined, origin: string): Promise<never> {
  return refuse(`This page uses the gateway ${used} already and cannot use ${origin} too.`);
}

/** What the page has of a gateway. An element with this ID goes by the same name. */
function offered(): UsdtCheckout | undefined {
  const named = window.UsdtCheckout;
  return typeof named?.mount === 'function' ? named : undefined;
}

/** The same, if it is of this gateway. */
function taken(origin: string, checkout: UsdtCheckout): UsdtCheckout | Promise<never> {
  return checkout.gateway === origin ? checkout : refuseSecond(checkout.gateway, origin);
}

async function load(origin: string, options: LoadOptions): Promise<UsdtCheckout> {
  const there = offered();
  if (there) return taken(origin, there);
  const name = options.version ? `widget-${options.version}.js` : 'widget.js';
  const url = new URL(`/v1/${name}`, origin).href;
  const script = findPending(url) ?? insert(url, options);
  const hasCome = await new Promise<boolean>((resolve) => {
    script.addEventListener('load', () => resolve(true));
    script.addEventListener('error', () => resolve(false));
  });
  const come = offered();
  if (come) return taken(origin, come);
  script.remove();
  return refuse(hasCome ? `${url} is not the script of a gateway.` : `${url} cannot be loaded.`);
}

/** The script of this URL that the page has itself, if it is still to come. */
function findPending(url: string): HTMLScriptElement | undefined {
  const script = [...document.scripts].find((each) => each.src === url);
  // One that has ended and offers nothing has failed, and has no more events.
  if (!script || performance.getEntriesByName(url).length === 0) return script;
  script.remove();
  return undefined;
}

function insert(url: string, { integrity, nonce }: LoadOptions): HTMLScriptElement {
  const script = document.createElement('script');
  script.async = true;
  script.src = trusted(url);
  if (integrity) {
    script.integrity = integrity;
    script.crossOrigin = 'anonymous';
  }
  if (nonce) script.nonce = nonce;
  document.head.append(script);
  return script;
}

/** The URL as pages take it that enforce Trusted Types. */
function trusted(url: string): string {
  const { trustedTypes } = window as { trustedTypes?: TrustedTypes };
  try {
    policy ??= trustedTypes?.createPolicy('usdt-checkout', {
      createScriptURL(url) {
        if (url.startsWith(`${used}/v1/widget`)) return url;
        throw new TypeError(`${url} is not the script of the gateway ${used}.`);
      },
    });
    return policy?.createScriptURL(url) ?? url;
  } catch {
    // The page does not allow this policy, but may have a default one.
    return url;
  }
}
