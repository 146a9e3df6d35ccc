import { type FileHandle, open, stat } from 'node:fs/promises';
import { fileReason } from '@rheobase/network/node';
import sharp from 'sharp';
import type { RasterImage } from '../../raster-image.js';
import { isMissing } from '../byte-file.js';
import { readBmp } from './bmp.js';
import { cmykToRgb } from './cmyk.js';
import { type FileFormat, fileFormat, otherContent, signatureBytes } from './file-format.js';
import { readPnm } from './pnm.js';
import type { StoredImage } from './stored-image.js';

/** Pixels of the largest image that is decoded unless more are asked for: 8,192×8,192, which are 192 MiB as RGB. */
export const mostImagePixels = 2 ** 26;

/** Bytes in which the header of a BMP or PNM file must end. */
const headerBytes = 2 ** 16;

/** How images are decoded. */
export interface DecodeOptions {
  /** Refuses images of more pixels, by their header, before anything of their size is allocated; default: 2²⁶. */
  readonly mostPixels?: number | undefined;
}

/**
 * Decodes a JPEG, PNG, WebP, TIFF, BMP, PBM, PGM or PPM file, recognized by its content, to RGB as Pillow's `convert('RGB')` gives it: grey, palette
 * and CMYK images become RGB, transparency is dropped, colour profiles and the orientation tag are left alone. Colours of 16 bits keep their
 * upper half; grey of 16 bits is cut at 255, as Pillow does.
 *
 * @throws (the promise rejects) naming the file if it is missing, no regular file, of another format, has too many pixels, or is damaged.
 */
export async function decodeImage(
  path: string,
  { mostPixels = mostImagePixels }: DecodeOptions = {},
): Promise<RasterImage> {
  try {
    // Opening a pipe would wait for its writer.
    if (!(await stat(path)).isFile()) throw new Error(await whatElse(path));
    const file = await open(path);
    try {
      const head = await beginning(file, headerBytes);
      const format = fileFormat(head);
      if (format === undefined) throw new Error(whyNoImage(head.subarray(0, signatureBytes)));
      if (format === 'BMP' || format === 'PNM') {
        const image = format === 'BMP' ? readBmp(head) : readPnm(head);
        checkPixels(image, mostPixels);
        return { data: await decoded(image, file), height: image.height, width: image.width, channels: 3 };
      }
      return await decodeBySharp(path, { format, head, mostPixels });
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new Error(`${path}: cannot be decoded as an image: ${reasonOf(cause)}`, { cause });
  }
}

function reasonOf(cause: unknown): string {
  if (isMissing(cause)) return 'there is no such file';
  return fileReason(cause);
}

async function whatElse(path: string): Promise<string> {
  return (await stat(path)).isDirectory()
    ? 'it is a folder; give an image file'
    : 'it is a pipe, a socket or a device; give an image file';
}

function whyNoImage(head: Uint8Array): string {
  const known = 'JPEG, PNG, WebP, TIFF, BMP, PBM, PGM or PPM';
  const other = otherContent(head);
  return other === undefined ? `it is no ${known}` : `it is ${other}, and no ${known}; convert it to PNG`;
}

function checkPixels({ height, width }: Pick<StoredImage, 'height' | 'width'>, mostPixels: number): void {
  if (height * width > mostPixels) {
    throw new Error(
      `it has ${width}×${height} pixels, more than the ${mostPixels} that are decoded (\`mostPixels\`); make it smaller`,
    );
  }
}

async function beginning(file: FileHandle, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

async function decoded(image: StoredImage, file: FileHandle): Promise<Uint8Array> {
  const { size } = await file.stat();
  return image.decode(await beginning(file, Math.min(size, image.bytes)));
}

async function decodeBySharp(
  path: string,
  { format, head, mostPixels }: { readonly format: FileFormat; readonly head: Uint8Array; readonly mostPixels: number },
): Promise<RasterImage> {
  const { space, width = 0, height = 0 } = await sharp(path, { limitInputPixels: false }).metadata();
  checkPixels({ height, width }, mostPixels);
  const image = sharp(path, { ignoreIcc: true, failOn: 'error', limitInputPixels: mostPixels });
  if (space === 'cmyk') {
    const { data, info } = await image
      .pipelineColourspace('cmyk')
      .toColourspace('cmyk')
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { data: cmykToRgb(data), height: info.height, width: info.width, channels: 3 };
  }
  if (isLongGrey(format, head, space)) {
    const { data, info } = await image
      .toColourspace('grey16')
      .raw({ depth: 'ushort' })
      .toBuffer({ resolveWithObject: true });
    const levels = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
    const rgb = new Uint8Array(info.height * info.width * 3);
    for (let at = 0, from = 0; at < rgb.length; at += 3, from += info.channels) {
      rgb.fill(Math.min(255, levels[from] ?? 0), at, at + 3);
    }
    return { data: rgb, height: info.height, width: info.width, channels: 3 };
  }
  const { data, info } = await image.toColourspace('srgb').removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return {
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    height: info.height,
    width: info.width,
    channels: 3,
  };
}

/** Whether it is 16-bit grayscale without transparency, which Pillow reads as integers and then cuts off at 255. */
function isLongGrey(format: FileFormat, head: Uint8Array, space: string | undefined): boolean {
  // Bit depth and colour type of a PNG's first chunk.
  if (format === 'PNG') return head[24] === 16 && head[25] === 0;
  return format === 'TIFF' && space === 'grey16';
}
