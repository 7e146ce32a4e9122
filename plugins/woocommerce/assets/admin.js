// The buttons of the settings that try out the saved settings.
(function () {
  const { url, action, nonce, busy, failed } = window.usdtCheckoutAdmin;
  const result = document.getElementById('usdt-checkout-test-result');

  function show(lines) {
    result.replaceChildren(
      ...lines.map(([isGood, text]) => {
        const line = document.createElement('p');
        const sign = document.createElement('span');
        sign.className = `dashicons dashicons-${isGood ? 'yes' : 'warning'}`;
        sign.setAttribute('aria-hidden', 'true');
        line.append(sign, ` ${text}`);
        return line;
      }),
    );
  }

  for (const button of document.querySelectorAll('[data-usdt-checkout-test]')) {
    button.addEventListener('click', async () => {
      button.disabled = true;
      result.textContent = busy;
      try {
        const body = new URLSearchParams({ action, nonce, test: button.dataset.usdtCheckoutTest });
        const answer = await fetch(url, { method: 'POST', body, credentials: 'same-origin' });
        show((await answer.json()).lines);
      } catch (error) {
        show([[false, failed]]);
      }
      button.disabled = false;
    });
  }
})();
