// Books what is paid, once, whoever tells of it: a webhook, its repeats, or the reconciliation.

/** Takes a paid event or payment of the gateway. */
export function book(store, paid) {
  store.transaction(() => {
    const stored = store.paymentById(paid.paymentId);
    if (!stored) return store.note(paid.paymentId, 'unknown payment', paid.raw);
    const differs = paid.differences({
      orderId: stored.reference,
      amount: stored.amount,
      paymentId: stored.payment_id,
    });
    if (differs.length > 0)
      return store.note(paid.paymentId, `differs: ${differs.join(', ')}`, paid.raw);
    if (!store.claim(stored.reference)) return undefined; // a repeat
    if (!store.markPaid(stored.order_id))
      return store.note(paid.paymentId, 'the order was paid before', paid.raw);
    if (paid.late) store.note(paid.paymentId, 'paid late', paid.raw);
    return store.deliver(stored.order_id);
  });
}

/** Takes an event whose signature is right. */
export function receive(store, event) {
  if (event.isPaid) return book(store, event);
  if (event.type === 'test') return undefined;
  return store.note(event.paymentId, `event ${event.type}`, event.raw);
}
