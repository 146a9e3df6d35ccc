import type { BoxAnnotation, BoxSource } from '../boxes/box-source.js';
import { checkIndices, checkOpen } from '../image-source.js';
import { drawScene, sceneObjects, sceneSize, type SceneSplit } from './scene-image.js';
import { sceneClassNames } from './scene-shape.js';

export { sceneClassNames, sceneSize };

export interface ScenesOptions {
  readonly split: SceneSplit;
  /** Which set of all: an integer 0…2³² − 1. 0, the one figures are quoted for, by default. */
  readonly seed?: number;
  /** Number of images; default: 4,000 for training and 500 for test. A shorter set is a prefix of a longer one. */
  readonly length?: number;
}

const usualLength: Readonly<Record<SceneSplit, number>> = { train: 4_000, test: 500 };

const longest = 2 ** 24;

/**
 * `scenes`: images with boxes without data. One to five flat shapes of five classes, `[96, 96, 3]`, on textured ground, among scraps, partly hidden by
 * each other or cut by the border, in noise, some barely lighter than their background, so that no detector finds them all.
 *
 * Image `index` is drawn when it is read, from `seed`, `split` and `index` alone, and is the same for ever and in every engine: nothing but
 * integer operations and IEEE 754's + − × ÷ goes into it. **The set is frozen.** Anything that changes one pixel makes another set and
 * needs another name.
 *
 * @throws if the split is unknown, or if seed or length is not an integer in range.
 */
export function scenes({ split, seed = 0, length = usualLength[split] }: ScenesOptions): BoxSource {
  if (!Object.hasOwn(usualLength, split)) {
    throw new RangeError(
      `scenes: there is no split ${JSON.stringify(split)}; there are ${Object.keys(usualLength).join(' and ')}`,
    );
  }
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new RangeError(`scenes: seed must be an integer 0…${2 ** 32 - 1}, is ${seed}`);
  }
  if (!Number.isInteger(length) || length < 1 || length > longest) {
    throw new RangeError(`scenes: length must be an integer 1…${longest}, is ${length}`);
  }
  let open = true;
  const size = { height: sceneSize, width: sceneSize };
  const annotation = (index: number): BoxAnnotation => {
    checkIndices(source, [index]);
    return { id: String(index), size, objects: sceneObjects({ seed, split, index }) };
  };
  const source: BoxSource = {
    name: 'scenes',
    split,
    classNames: sceneClassNames,
    length,
    findings: [],
    annotation,
    async read(index) {
      checkOpen(source, open);
      const described = annotation(index);
      return { ...described, image: { data: drawScene({ seed, split, index }), ...size, channels: 3 } };
    },
    async fingerprint(index) {
      checkIndices(source, [index]);
      return `scenes ${split} ${seed} ${index}`;
    },
    async close() {
      open = false;
    },
  };
  return source;
}
