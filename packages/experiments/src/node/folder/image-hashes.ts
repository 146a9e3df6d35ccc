import { createHash } from 'node:crypto';
import type { BoxSource, ImageSource } from '@rheobase/datasets';
import type { Recordings } from '../../event-accuracy.js';

/** Images of a set that a run reads, with labels or with boxes: the first `count` of a source. */
export interface ReadImages {
  readonly source: ImageSource | BoxSource;
  readonly count: number;
}

/** Files that are read at the same time. */
const atOnce = 8;

/** Images without files whose pixels are read in one go. */
const chunk = 256;

/**
 * SHA-256 over images and their annotations, in order: for each its file's content (or another fingerprint of its source, or its pixels),
 * with its label, or its size and boxes; and the classes. Files are read and not decoded, so this costs what copying them would.
 *
 * @throws (the promise rejects) as the source does, naming a file that cannot be read.
 */
export async function imagesHash({ source, count }: ReadImages): Promise<string> {
  const hash = createHash('sha256');
  const about = isOfBoxes(source) ? {} : { shape: source.imageShape };
  hash.update(JSON.stringify({ classNames: source.classNames, count, ...about }));
  const said = isOfBoxes(source) ? undefined : await source.labels();
  for (let from = 0; from < count; from += chunk) {
    const indices = Array.from({ length: Math.min(chunk, count - from) }, (_, k) => from + k);
    const told = await fingerprints(source, indices);
    indices.forEach((index, k) => {
      const label = isOfBoxes(source) ? source.annotation(index) : said?.[index];
      hash.update(JSON.stringify([told[k], label]));
    });
  }
  return hash.digest('hex');
}

/** {@link imagesHash} of several, by name. */
export async function imageHashes(
  named: Readonly<Record<string, ReadImages>>,
): Promise<Readonly<Record<string, string>>> {
  const hashes: [string, string][] = [];
  for (const [name, images] of Object.entries(named)) hashes.push([name, await imagesHash(images)]);
  return Object.fromEntries(hashes);
}

/** SHA-256 over the frames and labels of recordings, in order, and the classes. */
export async function recordingsHash({ source, count }: Recordings): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify({ classNames: source.classNames, count, shape: source.frameShape }));
  for (let index = 0; index < count; index += 1) {
    const { images, frames, labels } = await source.read([index]);
    hash.update(JSON.stringify([frames, labels[0]]));
    hash.update(new Uint8Array(images.buffer, images.byteOffset, images.byteLength));
  }
  return hash.digest('hex');
}

function isOfBoxes(source: ImageSource | BoxSource): source is BoxSource {
  return 'annotation' in source;
}

async function fingerprints(source: ImageSource | BoxSource, indices: readonly number[]): Promise<readonly string[]> {
  const { fingerprint } = source;
  if (fingerprint !== undefined) return inTurn(indices, async (index) => fingerprint(index));
  if (isOfBoxes(source)) return inTurn(indices, async (index) => pixelHash((await source.read(index)).image.data));
  const { images } = await source.read(indices);
  const each = images.length / indices.length;
  return indices.map((_, k) => pixelHash(images.subarray(k * each, (k + 1) * each)));
}

function pixelHash(pixels: Uint8Array): string {
  return createHash('sha256').update(pixels).digest('hex');
}

/** Does some work on each, several at a time; what comes of it is in their order. */
async function inTurn(
  indices: readonly number[],
  work: (index: number) => Promise<string>,
): Promise<readonly string[]> {
  const results: string[] = [];
  const left = indices.entries();
  const worker = async (): Promise<void> => {
    // All workers draw from one iterator, so each index is taken once.
    for (const [at, index] of left) results[at] = await work(index);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
