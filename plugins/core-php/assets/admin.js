// The plugin's buttons in the administration.
(function () {
  const result = document.getElementById('usdt-checkout-result');

  function show(lines) {
    result.replaceChildren(
      ...lines.map(([isGood, text]) => {
        const line = document.createElement('p');
        line.textContent = `${isGood ? '✓' : '✗'} ${text}`;
        return line;
      }),
    );
  }

  for (const button of document.querySelectorAll('[data-usdt-checkout]')) {
    button.addEventListener('click', async () => {
      button.disabled = true;
      result.textContent = '…';
      try {
        const body = new URLSearchParams({ do: button.dataset.usdtCheckout, reference: button.dataset.reference });
        const answer = await fetch(button.dataset.url, { method: 'POST', body, credentials: 'same-origin' });
        const { lines, isDone } = await answer.json();
        show(lines);
        if (isDone) location.reload();
      } catch (error) {
        show([[false, result.dataset.failed]]);
      }
      button.disabled = false;
    });
  }
})();
