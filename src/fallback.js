// Keeps the page of use until WebAssembly has arrived, and where it never does (blocked by a policy
// or a phone's lockdown mode): copies, and fetches the gateway's HTML anew now and then.
(() => {
  const PATIENCE = 8000;
  const PAUSE = 20000;
  let isLive = false;
  let isStopped = false;
  let leaving;

  addEventListener('TrunkApplicationStarted', () => {
    isLive = true;
    clearTimeout(leaving);
  });

  const find = (id, within = document) => within.getElementById(id);

  addEventListener('click', (event) => {
    const button = !isLive && event.target.closest('[data-do^=copy-]');
    const text = button && find(button.dataset.do.slice(5));
    if (!text) return;
    getSelection().selectAllChildren(text);
    const copied = document.execCommand('copy');
    if (copied) button.textContent = '✓';
    else if (navigator.clipboard) {
      const done = () => (button.textContent = '✓');
      navigator.clipboard.writeText(text.textContent).then(done, () => {});
    }
  });

  // Nobody must pay what is no longer what the page has shown.
  const terms = {};
  const differs = (view) =>
    ['address', 'amount'].some((id) => {
      const text = view.querySelector(`#${id}`)?.textContent;
      terms[id] ??= text;
      return text && text !== terms[id];
    });

  const show = (page) => {
    const [view, fresh] = [find('view'), find('view', page)];
    if (differs(view) || differs(fresh)) {
      isStopped = true;
      view.textContent = view.dataset.stop;
      return;
    }
    const focused = document.activeElement.id;
    for (const { id } of view.querySelectorAll('details[open]')) {
      const again = fresh.querySelector(`#${id}`);
      if (again) again.open = true;
    }
    view.replaceWith(fresh);
    document.title = page.title;
    if (focused && find(focused)) find(focused).focus();
    // Without a script the browser itself would go on to the shop.
    const [seconds, url] = (page.querySelector('noscript meta')?.content ?? '').split(';url=');
    clearTimeout(leaving);
    if (/^https?:/i.test(url)) leaving = setTimeout(() => location.assign(url), seconds * 1000);
  };

  let isLooking = false;
  const look = async () => {
    const isReading = !getSelection().isCollapsed;
    if (isLive || isStopped || isLooking || document.hidden || isReading) return;
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
    document.documentElement.dataset.fallback = '';
    look();
    setInterval(look, PAUSE);
  }, PATIENCE);
})();
