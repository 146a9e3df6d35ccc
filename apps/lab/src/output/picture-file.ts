import { extname } from 'node:path';
import { writeWholeFile } from '@rheobase/network/node';
import sharp from 'sharp';

/** For PNG: twice the SVG's size, for sharp text. */
const pixelsPerInch = 144;

/** Writes an SVG document, or renders it as PNG if the file's name ends in .png. */
export async function writePicture(path: string, svg: string): Promise<void> {
  const asPng = async (): Promise<Uint8Array> => sharp(Buffer.from(svg), { density: pixelsPerInch }).png().toBuffer();
  await writeWholeFile(path, extname(path).toLowerCase() === '.png' ? await asPng() : svg);
}
