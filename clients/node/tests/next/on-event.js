// What each route does with an event.

export function onEvent(event) {
  if (event.orderId === 'unlucky') throw new Error('the database is down');
  return event.isPaid ? 200 : 202;
}
