// What a shop's developer reads in the console, each in one sentence that docs/embed.md explains.

import { TAG } from '../protocol';

export const complain = (about: Element, text: string) =>
  console.error(`${TAG}: ${text}, see docs/embed.md`, about);

export const tellOfSecondGateway = () => console.error(`${TAG}: one gateway for a page`);

export const tellOfFrame = (why: unknown) => console.warn(`${TAG}: shown in a frame:`, why);
