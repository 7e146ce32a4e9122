// Starts the shop with what its server would tell it.

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { App } from './App';

// For the example alone. A real shop's server renders both into the page: whoever names the gateway
// names a script that runs here, and anybody can make a link.
const query = new URLSearchParams(location.search);

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App gateway={query.get('gateway') ?? ''} paymentId={query.get('payment') ?? ''} />
  </StrictMode>,
);
