import { extname } from 'node:path';
import { writeWholeFile } from '@rheobase/network/node';
import sharp from 'sharp';
import { prepareOutputFile } from './output-file.js';

/** Of a PNG: twice the size that the SVG names, for sharp text. */
const pixelsPerInch = 144;

/**
 * Makes the folder that a picture will be written into, and refuses a name that it could not have. Called before it is drawn.
 *
 * @throws if the name ends neither in .svg nor in .png, or is a folder's, or its folder cannot be made.
 */
export async function preparePicture(path: string | undefined): Promise<void> {
  if (path === undefined) return;
  endingOf(path);
  await prepareOutputFile(path);
}

/** Writes an SVG document, or makes a PNG of it, as the file's name says. */
export async function writePicture(path: string, svg: string): Promise<void> {
  const asPng = async (): Promise<Uint8Array> => sharp(Buffer.from(svg), { density: pixelsPerInch }).png().toBuffer();
  await writeWholeFile(path, endingOf(path) === '.png' ? await asPng() : svg);
}

function endingOf(path: string): '.svg' | '.png' {
  const ending = extname(path).toLowerCase();
  if (ending === '.svg' || ending === '.png') return ending;
  throw new Error(`${path}: a picture is written as .svg or .png; give it one of these endings.`);
}
