// Reads a QR code as a camera would: from the pixels on the screen.

import type { Locator } from '@playwright/test';
import decodeQR from 'qr/decode.js';

import { pixels } from './pixels';

export async function scan(code: Locator, timeout?: number): Promise<string> {
  const { width, height, rgba } = await pixels(code, timeout);
  return decodeQR({ width, height, data: rgba });
}
