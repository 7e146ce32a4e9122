// Starts the shop with what its server would tell it.

import { createApp } from 'vue';

import App from './App.vue';

// For the example alone. A real shop's server renders both into the page: whoever names the gateway
// names a script that runs here, and anybody can make a link.
const query = new URLSearchParams(location.search);

createApp(App, {
  gateway: query.get('gateway') ?? '',
  paymentId: query.get('payment') ?? '',
}).mount('#app');
