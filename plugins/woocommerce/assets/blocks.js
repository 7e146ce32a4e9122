// The payment method in the block checkout.
(function () {
  const { registerPaymentMethod } = window.wc.wcBlocksRegistry;
  const { getSetting } = window.wc.wcSettings;
  const { createElement } = window.wp.element;
  const { decodeEntities } = window.wp.htmlEntities;

  const data = getSetting('usdt_checkout_data', null);
  if (!data) return;
  const title = decodeEntities(data.title);
  const Content = () => decodeEntities(data.description);

  registerPaymentMethod({
    name: 'usdt_checkout',
    paymentMethodId: 'usdt_checkout',
    label: createElement('span', null, title),
    ariaLabel: title,
    content: createElement(Content),
    edit: createElement(Content),
    canMakePayment: () => true,
    placeOrderButtonLabel: decodeEntities(data.button),
    supports: { features: data.supports },
  });
})();
