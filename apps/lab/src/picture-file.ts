import { extname } from 'node:path';
import { writeWholeFile } from '@rheobase/network/node';
import sharp from 'sharp';

/** Of a PNG: twice the size that the SVG names, for sharp text. */
const pixelsPerInch = 144;

/**
 * Refuses a picture that could not be written, before it is drawn.
 *
 * @throws if the name ends neither in .svg nor in .png.
 */
export function assertPictureName(path: string | undefined): void {
  if (path === undefined || ['.svg', '.png'].includes(extname(path).toLowerCase())) return;
  throw new Error(`${path}: a picture is written as .svg or .png; give it one of these endings.`);
}

/** Writes an SVG document, or makes a PNG of it, as the file's name says. */
export async function writePicture(path: string, svg: string): Promise<void> {
  assertPictureName(path);
  const isPng = extname(path).toLowerCase() === '.png';
  await writeWholeFile(path, isPng ? await sharp(Buffer.from(svg), { density: pixelsPerInch }).png().toBuffer() : svg);
}
