import { decodeImage } from '@rheobase/datasets/node';
import { changedBytes, type FuzzTarget, mutatedSamples } from '@rheobase/testing/fuzz';
import sharp from 'sharp';

const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';

/** Images of every kind that is read, and of some that are not, under one name. */
export async function imagesTarget(): Promise<FuzzTarget> {
  const raw = new Uint8Array(12 * 10 * 3).map((_, at) => (at * 37) % 256);
  const image = sharp(raw, { raw: { width: 12, height: 10, channels: 3 } });
  const samples = await Promise.all([
    image.clone().jpeg().toBuffer(),
    image.clone().jpeg({ progressive: true }).toBuffer(),
    image.clone().png().toBuffer(),
    image.clone().png({ palette: true }).toBuffer(),
    image.clone().webp().toBuffer(),
    image.clone().gif().toBuffer(),
    image.clone().tiff().toBuffer(),
  ]);
  return {
    extension: '.jpg',
    named: 'input.jpg',
    onDisk: true,
    generate: mutatedSamples(
      [
        ...samples,
        Buffer.from(svg),
        Buffer.from(`P6 12 10 255\n${String.fromCharCode(...raw.map((x) => x % 128))}`),
      ].map((bytes) => new Uint8Array(bytes)),
      changedBytes,
    ),
    run: (_, file) => decodeImage(file),
  };
}
