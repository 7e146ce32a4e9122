// A shop with one order to pay.

import { useState } from 'react';

import { UsdtPayment } from './UsdtPayment';

export function App(payment: { gateway: string; paymentId: string }) {
  const [isPaying, setIsPaying] = useState(true);
  return (
    <main>
      <h1>Your order</h1>
      <button onClick={() => setIsPaying(!isPaying)}>
        {isPaying ? 'Back to the cart' : 'Pay'}
      </button>
      {isPaying && <UsdtPayment {...payment} />}
    </main>
  );
}
