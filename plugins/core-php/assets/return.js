// Goes on when the payment has changed.
(function () {
  const PAUSE = 5000;
  const main = document.getElementById('usdt-checkout');

  async function ask() {
    try {
      const answer = await fetch(main.dataset.poll, { cache: 'no-store', credentials: 'same-origin' });
      const { state } = await answer.json();
      if (state !== 'waiting') return location.reload();
    } catch (error) {
      // The next one may get through.
    }
    setTimeout(ask, PAUSE);
  }
  setTimeout(ask, PAUSE);
})();
