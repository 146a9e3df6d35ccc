import { randomStream } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import type { RasterImage } from '../raster-image.js';
import { autoAugment } from './auto-augment.js';
import { compose } from './compose.js';
import { cutout } from './cutout.js';
import { horizontalFlip } from './horizontal-flip.js';
import { padCrop } from './pad-crop.js';

const image = {
  height: 32,
  width: 32,
  channels: 3,
  data: Uint8Array.from({ length: 3072 }, (_, at) => (at * 29) % 256),
};
const parts = [padCrop(), horizontalFlip(), autoAugment(), cutout()];

describe('compose', () => {
  it('applies one augmentation after another, all drawing from one stream', () => {
    for (let seed = 0; seed < 20; seed++) {
      const random = randomStream(seed);
      const expected = parts.reduce<RasterImage>((changed, part) => part.apply(changed, random), image);
      expect(compose(parts).apply(image, randomStream(seed))).toEqual(expected);
    }
  });

  it('is named after its parts, or as it is told', () => {
    expect(compose(parts).name).toBe('pad-crop+horizontal-flip+auto-augment+cutout');
    expect(compose(parts, 'cifar').name).toBe('cifar');
  });

  it('of nothing is the identity', () => {
    expect(compose([]).apply(image, randomStream(1))).toEqual(image);
  });
});
