// Elements of HTML.

type Properties<Tag extends keyof HTMLElementTagNameMap> = Partial<
  Omit<HTMLElementTagNameMap[Tag], 'part' | 'sandbox'>
> & { part?: string; sandbox?: string };

export const make = <Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties?: Properties<Tag>,
): HTMLElementTagNameMap[Tag] => Object.assign(document.createElement(tag), properties);
