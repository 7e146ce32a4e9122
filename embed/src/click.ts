// Clicks on links.

/** The link of this kind that a click is about to follow in this window. */
export const followedLink = (event: MouseEvent, selector: string) =>
  event.button ||
  event.ctrlKey ||
  event.metaKey ||
  event.shiftKey ||
  event.defaultPrevented
    ? undefined
    : // Not all that can be clicked is an element.
      (event.target as Partial<Element>).closest?.<HTMLAnchorElement>(selector);
