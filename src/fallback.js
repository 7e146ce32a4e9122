// Keeps the page of use until WebAssembly has arrived, and where it never does (blocked by a policy
// or a phone's lockdown mode): copies, and fetches the gateway's HTML anew now and then.
(() => {
  const PATIENCE = 8000;
  const PAUSE = 20000;
  const root = document.documentElement;
  const terms = {};
  let isLive = false;
  let isStopped = false;
  let isLooking = false;
  let isOver = false;
  let leaving;

  const find = (id, within = document) => within.getElementById(id);

  addEventListener('TrunkApplicationStarted', () => {
    isLive = true;
    clearTimeout(leaving);
    delete root.dataset.fallback;
  });

  addEventListener('click', (event) => {
    const button = !isLive && event.target.closest('[data-do^=copy-]');
    const text = button && find(button.dataset.do.slice(5));
    if (!text) return;
    const done = () => (button.textContent = '✓');
    const selection = getSelection();
    selection.selectAllChildren(text);
    if (document.execCommand('copy')) {
      selection.removeAllRanges();
      done();
    } else navigator.clipboard?.writeText(text.textContent).then(done, () => {});
  });

  // Nobody must pay what is no longer what the page has shown.
  const differs = (view) =>
    ['address', 'amount'].some((id) => {
      const text = view.querySelector(`#${id}`)?.textContent;
      terms[id] ??= text;
      return text && text !== terms[id];
    });

  const stop = (view) => {
    isStopped = true;
    view.textContent = view.dataset.stop;
    // Without it the live page does not start either.
    find('presentation').remove();
  };

  const show = (page) => {
    const [view, fresh] = [find('view'), find('view', page)];
    if (differs(view) || differs(fresh)) return stop(view);
    const focused = document.activeElement.id;
    for (const { id } of view.querySelectorAll('details[open]')) {
      const again = fresh.querySelector(`#${id}`);
      if (again) again.open = true;
    }
    view.replaceWith(fresh);
    // The live page, when it comes, starts from what is shown.
    find('payment-state')?.replaceWith(find('payment-state', page) ?? '');
    root.dataset.renewed = performance.now();
    document.title = page.title;
    find(focused)?.focus();
    // What the browser itself would do without a script: look again, or go on to the shop.
    const refresh = page.querySelector('noscript meta')?.content;
    const [, seconds, url] = /^(\d+);url=(https?:.*)$/is.exec(refresh ?? '') ?? [];
    isOver = !refresh || Boolean(url);
    clearTimeout(leaving);
    if (url) leaving = setTimeout(() => location.assign(url), seconds * 1000);
  };

  const look = async () => {
    const isReading = !getSelection().isCollapsed;
    if (isLive || isStopped || isOver || isLooking || isReading || document.hidden) return;
    isLooking = true;
    try {
      const answer = await fetch(location.href, { cache: 'no-store', credentials: 'omit' });
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      if (!isLive && answer.ok) show(page);
    } catch {
      // What is shown stays until the network is back.
    }
    isLooking = false;
  };

  setTimeout(() => {
    if (isLive) return;
    root.dataset.fallback = '';
    look();
    setInterval(look, PAUSE);
    addEventListener('visibilitychange', () => {
      if (document.hidden) return;
      // What was selected before the payer went to the wallet has served.
      getSelection().removeAllRanges();
      look();
    });
  }, PATIENCE);
})();
