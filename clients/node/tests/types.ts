// What a shop writes, checked against the types of the package without those of Node.js.

import { Client, type PaidEvent, Webhook } from 'usdt-client';
import { Webhook as EdgeWebhook } from 'usdt-client/edge';

const client = new Client('https://pay.example.com', 'pk_test_1', 'sk_test_1', {
  userAgent: 'shop/1',
});

export async function buy(): Promise<string> {
  // @ts-expect-error An amount is text.
  await client.createPayment({ orderId: '1', amount: 50 });
  // @ts-expect-error One of amount and price.
  await client.createPayment({
    orderId: '1',
    amount: '50.00',
    priceAmount: '50.00',
    priceCurrency: 'EUR',
  });
  // @ts-expect-error The gateway's names are not this library's.
  await client.createPayment({ order_id: '1', amount: '50.00' });
  const payment = await client.createPayment({
    orderId: '1',
    amount: '50.00',
    metadata: { cart: '7' },
  });
  for await (const { paymentId, createdAt } of client.listPayments({
    status: 'paid',
    createdFrom: new Date(),
  })) {
    console.log(paymentId, createdAt?.getTime());
  }
  return payment.paymentUrl;
}

export function receive(
  body: Uint8Array,
  headers: Record<string, string | string[] | undefined>,
): PaidEvent | null {
  const event = new Webhook(['sk_old', 'sk_new']).verify(body, headers);
  // @ts-expect-error An event of another type may be of no payment.
  const unsure: string = event.paymentId;
  console.log(unsure);
  if (!event.isPaid) return null;
  const sure: string = event.paymentId;
  return event.matches({ orderId: event.orderId, amount: '50.00', paymentId: sure }) ? event : null;
}

export async function receiveOnEdge(
  body: string,
  headers: Iterable<[string, string]>,
): Promise<boolean> {
  const event = await new EdgeWebhook('sk_test_1').verify(body, headers);
  return event.isPaid;
}
