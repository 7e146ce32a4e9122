// Runs in the payment page where a shop has framed it: tells the shop's page what the payer sees,
// and takes its two wishes. Which sites may frame the page, the browser has checked by its policy.
//
// Told is only what anyone may ask who knows the payment's ID, and never a URL.

(() => {
  const TAG = 'usdt-checkout';
  /** The version of the messages between this script and the shop's. */
  const PROTOCOL = 1;

  const root = document.documentElement;

  if (window === parent) {
    // Taken out of its frame, it is a page like any other.
    const url = new URL(location.href);
    url.searchParams.delete('frame');
    location.replace(url);
    return;
  }

  /** The origin of the shop's page: known from the first load on, and else from its first message. */
  let shop = document.referrer ? new URL(document.referrer).origin : undefined;

  const post = (type, content) => {
    if (shop) parent.postMessage({ [TAG]: PROTOCOL, type, ...content }, shop);
  };

  const tellSize = () => post('size', { height: document.body.offsetHeight });

  const tellState = () => {
    const card = document.querySelector('#view > article');
    // Without a card it has stopped, since address or amount were not what they had been.
    post('state', card ? { ...card.dataset } : { stage: 'changed' });
  };

  const tellAll = () => {
    post('words', { ...root.dataset, lang: root.lang, dir: root.dir });
    tellSize();
    tellState();
  };

  addEventListener('message', ({ source, origin, data }) => {
    if (source !== parent || data?.[TAG] !== PROTOCOL) return;
    // An origin without a name could not be told from any other.
    if (origin !== 'null') shop ??= origin;
    if (origin !== shop) return;
    if (data.type === 'hello') tellAll();
    if (data.type === 'stay') document.getElementById('stay')?.click();
  });

  addEventListener(`${TAG}:leave`, () => post('leave'));

  addEventListener('keydown', (event) => {
    // While characters are composed, Escape is for their input.
    if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return;
    const menu = document.querySelector('.languages [open]');
    if (!menu) return post('close');
    menu.open = false;
    menu.querySelector('summary').focus();
  });

  // Another language is no step that the shop's page could go back by.
  addEventListener('click', (event) => {
    const link = event.target.closest?.('.languages a');
    const isOther = event.button || event.ctrlKey || event.metaKey || event.shiftKey;
    if (!link || isOther) return;
    event.preventDefault();
    location.replace(link.href);
  });

  const checkout = document.getElementById('checkout');
  // Beside the shop's own main part.
  checkout.ariaLabel = root.dataset.title;
  tellAll();
  new ResizeObserver(tellSize).observe(document.body);
  new MutationObserver(tellState).observe(checkout, {
    attributeFilter: ['data-stage', 'data-status', 'data-confirmations', 'data-txid'],
    childList: true,
    subtree: true,
  });
})();
