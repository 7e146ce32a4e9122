// Goes on when the payment has changed, and opens the payment's window where the shop has one.
(function () {
  const PAUSE = 5000;
  const main = document.getElementById('usdt-checkout');

  async function ask() {
    try {
      const answer = await fetch(main.dataset.poll, { cache: 'no-store', credentials: 'same-origin' });
      const { state, next } = await answer.json();
      if (state !== 'waiting') {
        if (state === 'paid' && next) location.replace(next);
        else location.reload();
        return;
      }
    } catch (error) {
      // The next one may get through.
    }
    setTimeout(ask, PAUSE);
  }
  setTimeout(ask, PAUSE);

  const paymentId = main.dataset.payment;
  if (!paymentId) return;
  // The shop itself says when it is paid, and leads on.
  for (const name of ['paid', 'expired', 'failed']) {
    document.addEventListener(`usdt-checkout:${name}`, (event) => event.preventDefault());
  }
  addEventListener('load', () => {
    if (window.UsdtCheckout) window.UsdtCheckout.open({ paymentId });
  });
})();
