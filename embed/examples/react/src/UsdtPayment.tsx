// Takes a payment within the page, or in a window above it.

import { useEffect, useRef, useState } from 'react';
import {
  loadUsdtCheckout,
  type Options,
  type UsdtCheckout,
  type UsdtCheckoutElement,
} from 'usdt-checkout';

const optionsFor = (paymentId: string, say: (text: string) => void): Options => ({
  paymentId,
  onStatus: ({ detail }) => say(`Payment: ${detail.stage}`),
  // No proof: any script can make this event. The server delivers on the signed webhook.
  onPaid: () => say('Payment: paid. Thank you!'),
});

export function UsdtPayment({ gateway, paymentId }: { gateway: string; paymentId: string }) {
  const place = useRef<HTMLDivElement>(null);
  const inWindow = useRef<UsdtCheckoutElement>(null);
  const [checkout, setCheckout] = useState<UsdtCheckout | null>(null);
  const [text, setText] = useState('');

  useEffect(() => {
    loadUsdtCheckout(gateway).then(setCheckout, (error: Error) => setText(error.message));
  }, [gateway]);

  useEffect(() => {
    const inline = checkout?.mount(place.current!, optionsFor(paymentId, setText));
    return () => {
      inline?.remove();
      inWindow.current?.remove();
    };
  }, [checkout, paymentId]);

  const open = () => {
    inWindow.current = checkout!.open(optionsFor(paymentId, setText));
  };

  return (
    <>
      <p role="status">{text}</p>
      <button disabled={!checkout} onClick={open}>
        Pay in a window
      </button>
      <div ref={place} />
    </>
  );
}
