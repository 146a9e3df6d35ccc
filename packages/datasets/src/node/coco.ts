import { join } from 'node:path';
import { type BoxSource, annotatedSource } from '../boxes/box-source.js';
import type { SplitName } from '../image-source.js';
import { readCocoInstances } from './coco-annotations.js';
import { decodeSizedImage } from './images/decode-sized-image.js';
import { fileFingerprint } from './file-fingerprint.js';
import { pathInside } from './path-inside.js';
import { readAnnotationFile } from './read-annotation-file.js';

export interface CocoOptions {
  /** The folder that holds `annotations` and a folder of images by the name of `part`. */
  readonly folder: string;
  /** `train2017`, `val2017`: the images are in the folder of this name, the boxes in `annotations/instances_<part>.json`. */
  readonly part: string;
  readonly split: SplitName;
  /** The set's name; default: `coco`. */
  readonly name?: string;
  /** Refuses images of more pixels; default: 2²⁶. */
  readonly mostPixels?: number;
}

/** Bytes of an instances file: what a text of JavaScript can hold. The training images of COCO 2017 need 449 million. */
const mostInstancesBytes = 2 ** 29 - 24;

/**
 * Images with boxes in the layout of COCO. The instances file is read at once, images when they are wanted, in the file's order.
 *
 * @throws (the promise rejects) naming the file and the annotation, as `readCocoInstances` does; also if an image's file name leaves the folder,
 * or the instances file has more than 512 MiB.
 */
export async function openCoco({ folder, part, split, name = 'coco', mostPixels }: CocoOptions): Promise<BoxSource> {
  const path = join(folder, 'annotations', `instances_${part}.json`);
  const advice = 'it should be an instances file of COCO';
  const text = await readAnnotationFile({ path, advice, most: mostInstancesBytes });
  const { classNames, annotations, findings } = readCocoInstances(text, path);
  if (annotations.length === 0) throw new Error(`${path}: lists no image`);
  const paths = annotations.map(({ fileName, where }) =>
    pathInside(join(folder, part), fileName, (reason) => new Error(`${path}: ${where}: ${reason}`)),
  );
  return annotatedSource({
    name,
    split,
    classNames,
    findings,
    annotations: annotations.map(({ id, size, objects }) => ({ id, size, objects })),
    pixels: (index, { size }) => decodeSizedImage(paths[index] ?? '', size, { mostPixels }),
    fingerprint: (index) => fileFingerprint(paths[index] ?? ''),
  });
}
