// Reads a QR code as a camera would: from the pixels on the screen.

import type { Locator } from '@playwright/test';
import decodeQR from 'qr/decode.js';

export async function scan(code: Locator): Promise<string> {
  const picture = (await code.screenshot()).toString('base64');
  // A blank page of its own decodes the PNG, so that the checkout is left alone.
  const blank = await code.page().context().newPage();
  try {
    const { width, height, pixels } = await blank.evaluate(async (picture) => {
      const image = new Image();
      image.src = `data:image/png;base64,${picture}`;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext('2d')!;
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, image.width, image.height);
      return { width: image.width, height: image.height, pixels: Array.from(data) };
    }, picture);
    return decodeQR({ width, height, data: Uint8Array.from(pixels) });
  } finally {
    await blank.close();
  }
}
