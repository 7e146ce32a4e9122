// What is on the screen, as its pixels.

import type { Locator } from '@playwright/test';

export type Pixels = { width: number; height: number; rgba: Uint8Array };

/** `timeout` is for what may be gone again before it is seen, in milliseconds. */
export async function pixels(shown: Locator, timeout?: number): Promise<Pixels> {
  const picture = (await shown.screenshot({ timeout })).toString('base64');
  // A blank page of its own decodes the PNG, so that the checkout is left alone.
  const blank = await shown.page().context().newPage();
  try {
    const { width, height, bytes } = await blank.evaluate(async (picture) => {
      const image = new Image();
      image.src = `data:image/png;base64,${picture}`;
      await image.decode();
      const { width, height } = image;
      const context = new OffscreenCanvas(width, height).getContext('2d')!;
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, width, height);
      // A list of a million numbers would take the test's patience, and where scripts are off no
      // event is heard of, so that no reader of the browser's can be used.
      let text = '';
      for (let at = 0; at < data.length; at += 0x4000) {
        text += String.fromCharCode(...data.subarray(at, at + 0x4000));
      }
      return { width, height, bytes: btoa(text) };
    }, picture);
    return { width, height, rgba: Buffer.from(bytes, 'base64') };
  } finally {
    await blank.close();
  }
}

/** How bright it is on the whole: 0 is black, 1 is white. */
export async function brightness(shown: Locator): Promise<number> {
  const { rgba } = await pixels(shown);
  const colors = rgba.filter((_, index) => index % 4 < 3);
  return colors.reduce((sum, color) => sum + color, 0) / colors.length / 255;
}
