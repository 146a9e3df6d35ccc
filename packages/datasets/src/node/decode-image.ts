import { stat } from 'node:fs/promises';
import sharp from 'sharp';
import type { RasterImage } from '../raster-image.js';
import { isMissing } from './byte-file.js';

/** The product of two fractions of 255, as Pillow rounds it. */
function timesOver255(a: number, b: number): number {
  const product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

/** Ink amounts to light amounts as Pillow reckons them, without a colour profile. */
function cmykToRgb(inks: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((inks.length / 4) * 3);
  for (let from = 0, to = 0; from < inks.length; from += 4, to += 3) {
    const light = 255 - (inks[from + 3] ?? 0);
    for (let ink = 0; ink < 3; ink += 1) rgb[to + ink] = light - timesOver255(inks[from + ink] ?? 0, light);
  }
  return rgb;
}

/** Why a file was not decoded: what the path itself says, before what the decoder makes of it. */
async function whyNot(path: string, cause: unknown): Promise<string> {
  try {
    if ((await stat(path)).isDirectory()) return 'it is a folder; give an image file';
  } catch (error) {
    if (isMissing(error)) return 'there is no such file';
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return /unsupported image format/.test(reason) ? 'it is no JPEG, PNG or other image that is known here' : reason;
}

/**
 * Decodes a JPEG, PNG or any other file sharp reads, to RGB as Pillow's `convert('RGB')` gives it: grey and CMYK images become RGB,
 * transparency is dropped, colour profiles and the orientation tag are left alone.
 *
 * @throws (the promise rejects) naming the file if it is missing, a folder, or cannot be decoded.
 */
export async function decodeImage(path: string): Promise<RasterImage> {
  try {
    const image = sharp(path, { ignoreIcc: true, failOn: 'error' });
    const { space } = await image.metadata();
    const isCmyk = space === 'cmyk';
    const pixels = isCmyk
      ? image.pipelineColourspace('cmyk').toColourspace('cmyk')
      : image.toColourspace('srgb').removeAlpha();
    const { data, info } = await pixels.raw().toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    return {
      data: isCmyk ? cmykToRgb(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      height,
      width,
      channels: 3,
    };
  } catch (cause) {
    throw new Error(`${path}: cannot be decoded as an image: ${await whyNot(path, cause)}`, { cause });
  }
}
