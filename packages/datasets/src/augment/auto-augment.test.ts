import { readFile } from 'node:fs/promises';
import { randomStream } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import type { RasterImage } from '../raster-image.js';
import {
  applyAutoAugmentOperation,
  autoAugment,
  autoAugmentCifar10Policy,
  type AutoAugmentOperation,
} from './auto-augment.js';
import { cifar10Fill } from './fill.js';

/** Pillow's result of one operation on a procedural image; see golden/README.md. */
interface GoldenCase {
  readonly pattern: 'hash' | 'ramp';
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly operation: AutoAugmentOperation;
  readonly magnitude: number;
  readonly sign: 1 | -1;
  /** Base64. */
  readonly pixels: string;
}

const golden: { readonly source: string; readonly cases: readonly GoldenCase[] } = JSON.parse(
  await readFile(new URL('./golden/pillow.json', import.meta.url), 'utf8'),
);

function procedural({ pattern, width, height, channels }: GoldenCase): RasterImage {
  const data = Uint8Array.from({ length: width * height * channels }, (_, at) => {
    const channel = at % channels;
    const x = Math.floor(at / channels) % width;
    const y = Math.floor(at / channels / width);
    if (pattern === 'ramp') return 40 + x * 7 + y * 5 + channel * 11;
    return (x * x * 31 + y * y * 17 + x * y * 7 + channel * 101 + (x ^ y) * 13) % 256;
  });
  return { data, height, width, channels };
}

describe('the operations of AutoAugment', () => {
  it(`give Pillow's pixels, every one (${golden.source}, ${golden.cases.length} cases)`, () => {
    for (const example of golden.cases) {
      const { operation, magnitude, sign, channels } = example;
      const fill = cifar10Fill.slice(0, channels);
      const { data } = applyAutoAugmentOperation(procedural(example), { operation, magnitude, sign, fill });
      expect([...data], `${operation} ${magnitude} ${sign}`).toEqual([...Buffer.from(example.pixels, 'base64')]);
    }
  });

  it('are the identity at magnitude 0 where they have a strength, inverting only what is white', () => {
    const image: RasterImage = { height: 2, width: 2, channels: 1, data: Uint8Array.of(0, 99, 200, 254) };
    const strengths: readonly AutoAugmentOperation[] = [
      'shearX',
      'shearY',
      'translateX',
      'translateY',
      'rotate',
      'solarize',
      'posterize',
      'contrast',
      'color',
      'brightness',
      'sharpness',
    ];
    for (const operation of strengths) {
      const changed = applyAutoAugmentOperation(image, { operation, magnitude: 0, sign: 1, fill: [7] });
      expect(changed, operation).toEqual(image);
    }
  });
});

describe('AutoAugment', () => {
  const image: RasterImage = {
    height: 32,
    width: 32,
    channels: 3,
    data: Uint8Array.from({ length: 3072 }, (_, at) => (at * 37 + (at >> 5) * 11) % 251),
  };

  it('has 25 sub-policies with probabilities 0…1 and magnitudes 0…9', () => {
    expect(autoAugmentCifar10Policy).toHaveLength(25);
    for (const { probability, magnitude } of autoAugmentCifar10Policy.flat()) {
      expect(probability >= 0 && probability <= 1).toBe(true);
      expect(Number.isInteger(magnitude) && magnitude >= 0 && magnitude <= 9).toBe(true);
    }
  });

  it('is a function of the image and the random stream, and leaves the image untouched', () => {
    const before = image.data.slice();
    for (let seed = 0; seed < 60; seed++) {
      const once = autoAugment().apply(image, randomStream(seed));
      expect(autoAugment().apply(image, randomStream(seed))).toEqual(once);
    }
    expect(image.data).toEqual(before);
  });

  it('changes most images, in many ways', () => {
    const results = Array.from({ length: 200 }, (_, seed) =>
      autoAugment().apply(image, randomStream(seed)).data.join(),
    );
    const kept = results.filter((result) => result === image.data.join()).length;
    expect(kept).toBeLessThan(70);
    expect(new Set(results).size).toBeGreaterThan(40);
  });

  it('draws as many numbers whatever it does, so that what follows it sees the same stream', () => {
    for (let seed = 0; seed < 40; seed++) {
      const random = randomStream(seed);
      autoAugment().apply(image, random);
      const other = randomStream(seed);
      autoAugment({ fill: [0] }).apply({ ...image, data: new Uint8Array(3072) }, other);
      expect(random.getState()).toEqual(other.getState());
    }
  });

  it('refuses a fill that holds no bytes', () => {
    expect(() => autoAugment({ fill: [0.5] })).toThrow(
      'auto-augment: fill has the level 0.5; levels are integers 0…255',
    );
    expect(() => autoAugment({ fill: [] })).toThrow('auto-augment: fill is empty');
  });
});
