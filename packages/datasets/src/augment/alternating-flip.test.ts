import { randomStream } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { batches } from '../batches.js';
import { inMemory } from '../in-memory.js';
import { defaultNormalizations } from '../normalization.js';
import { alternatingFlip } from './alternating-flip.js';
import { compose } from './compose.js';

const image = { height: 1, width: 2, channels: 1, data: Uint8Array.of(1, 2) };
const seed = 3;

/** Whether the image of each index is flipped in an epoch. */
function flipped(epoch: number, indices: readonly number[]): readonly boolean[] {
  return indices.map((index) => alternatingFlip().apply(image, randomStream(1), { seed, epoch, index }).data[0] === 2);
}

describe('alternating flip', () => {
  const indices = Array.from({ length: 400 }, (_, index) => index);

  it('flips each image in every other epoch, about half of them in each', () => {
    const [even, odd] = [flipped(0, indices), flipped(1, indices)];
    expect(odd).toEqual(even.map((is) => !is));
    for (const epoch of [2, 8]) expect(flipped(epoch, indices)).toEqual(even);
    for (const epoch of [3, 9, -1]) expect(flipped(epoch, indices)).toEqual(odd);
    expect(Math.abs(even.filter(Boolean).length - 200)).toBeLessThan(50);
  });

  it('throws its coins by seed', () => {
    const other = indices.map(
      (index) => alternatingFlip().apply(image, randomStream(1), { seed: 4, epoch: 0, index }).data[0] === 2,
    );
    const equal = other.filter((is, index) => is === flipped(0, [index])[0]).length;
    expect(Math.abs(equal - 200)).toBeLessThan(50);
  });

  it('draws no number, so that what follows it is as it would be without', () => {
    const [with_, without] = [randomStream(7), randomStream(7)];
    alternatingFlip().apply(image, with_, { seed, epoch: 1, index: 5 });
    expect(with_.getState()).toEqual(without.getState());
  });

  it('is told of the visit by batches, alone or composed, whatever the order', async () => {
    const source = inMemory({
      name: 'pairs',
      split: 'train',
      classNames: ['only'],
      imageShape: [1, 2, 1],
      images: Uint8Array.from({ length: 40 }, (_, at) => (at % 2) + 1),
      labels: new Array<number>(20).fill(0),
    });
    for (const augmentation of [alternatingFlip(), compose([alternatingFlip()])]) {
      for (const epoch of [0, 1]) {
        const options = { batchSize: 8, normalization: defaultNormalizations.get('raw'), order: 'shuffled' } as const;
        for await (const batch of batches(source, { ...options, seed, epoch, augment: [augmentation] })) {
          const seen = Array.from(batch.indices, (_, k) => batch.images[2 * k] === 2);
          expect(seen).toEqual(flipped(epoch, [...batch.indices]));
        }
      }
    }
  });

  it('refuses to guess the epoch', () => {
    expect(() => alternatingFlip().apply(image, randomStream(1))).toThrow(/give `apply` the visit/);
  });
});
