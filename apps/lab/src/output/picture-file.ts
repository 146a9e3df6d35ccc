import { extname } from 'node:path';
import { writeWholeFile } from '@rheobase/network/node';
import sharp from 'sharp';

/** Of a PNG: twice the size that the SVG names, for sharp text. */
const pixelsPerInch = 144;

/** Writes an SVG document, or makes a PNG of it where the file's name ends in .png. */
export async function writePicture(path: string, svg: string): Promise<void> {
  const asPng = async (): Promise<Uint8Array> => sharp(Buffer.from(svg), { density: pixelsPerInch }).png().toBuffer();
  await writeWholeFile(path, extname(path).toLowerCase() === '.png' ? await asPng() : svg);
}
