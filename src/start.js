// Starts the live page, and keeps the page of use until it has come, and where it never does (blocked
// by a policy or a phone's lockdown mode): copies, and fetches the gateway's HTML anew now and then.
//
// It is a file, so that what changes scripts within pages on their way leaves it alone. Without it
// the page says that it does not update itself.
(() => {
  const PATIENCE = 8000;
  const PAUSE = 20000;
  const ANSWER = 8000;
  const STAY = 5000;
  const MOST_BEFORE_SHOWN = 500;
  const root = document.documentElement;
  const terms = {};
  let isLive = false;
  let isStopped = false;
  let isLooking = false;
  let isOver = false;
  let leaving;

  root.dataset.awake = '';

  // What is replaced before the browser has shown it counts as painted later, and on a slow phone the
  // program would delay the page itself. A hidden page shows no frame, and does not wait for one.
  const shown = new Promise((done) => {
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)));
    setTimeout(done, MOST_BEFORE_SHOWN);
  });

  // A policy refuses styles within the page that were changed on their way.
  if (!getComputedStyle(root).getPropertyValue('--surface')) {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = '/checkout.css';
    document.head.append(link);
  }

  Promise.all([import('/usdt-checkout.js'), shown])
    .then(([program]) => program.default({ module_or_path: '/usdt-checkout_bg.wasm' }))
    .then(() => {
      isLive = true;
      clearTimeout(leaving);
      delete root.dataset.fallback;
      root.dataset.awake = '';
      dispatchEvent(new Event('usdt-checkout:live'));
    });

  const find = (id, within = document) => within.getElementById(id);

  addEventListener('click', (event) => {
    const button = !isLive && event.target.closest('[data-do^=copy-]');
    const [, what] = (button || {}).dataset?.do.split('copy-') ?? [];
    const text = what && find(what === 'reference' ? 'txid' : what);
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
    root.dataset.renewed = Math.round(performance.now());
    document.title = page.title;
    find(focused)?.focus();
    // As without any script: what loads itself again may change.
    isOver = !page.querySelector('noscript meta');
    clearTimeout(leaving);
    // Nobody is led on who has come back, and in a frame the page around it does.
    const [entry] = performance.getEntriesByType('navigation');
    const stay = find('stay');
    if (!stay) return;
    if ('frame' in root.dataset || entry?.type === 'back_forward') stay.parentElement.remove();
    else leaving = setTimeout(() => location.assign(find('continue').href), STAY);
  };

  const look = async () => {
    const isReading = !getSelection().isCollapsed;
    if (isLive || isStopped || isOver || isLooking || isReading || document.hidden) return;
    isLooking = true;
    const patience = new AbortController();
    const timeout = setTimeout(() => patience.abort(), ANSWER);
    try {
      const answer = await fetch(location.href, {
        cache: 'no-store',
        credentials: 'omit',
        signal: patience.signal,
      });
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      if (!isLive && answer.ok) show(page);
      root.dataset.awake = answer.ok ? '' : 'no';
    } catch {
      // What is shown stays until the network is back, and says so.
      root.dataset.awake = 'no';
    }
    clearTimeout(timeout);
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
