import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SplitName } from '../image-source.js';
import { normalizationNamed } from '../normalization.js';
import { openDataset } from './open-dataset.js';

const dataDir = process.env['RHEOBASE_DATA'] ?? '';

interface Figures {
  readonly mean: readonly number[];
  /** Over all pixels of all images. */
  readonly channelStd: readonly number[];
  /** The mean over images of the deviation of an image's pixels. */
  readonly imageStd: readonly number[];
}

/** Of every `step`-th image, by channel, of pixels divided by 255. */
async function figuresOf(name: string, split: SplitName, step: number): Promise<Figures> {
  const source = await openDataset(name, { dataDir, split });
  try {
    const [, , channels] = source.imageShape;
    const zeros = () => new Float64Array(channels);
    const [sums, squares, deviations] = [zeros(), zeros(), zeros()];
    let [images, pixels] = [0, 0];
    for (let at = 0; at < source.length; at += step * 50) {
      const indices = Array.from({ length: 50 }, (_, k) => at + k * step).filter((index) => index < source.length);
      const { images: bytes } = await source.read(indices);
      const size = bytes.length / indices.length;
      for (let image = 0; image < indices.length; image += 1) {
        const [sum, square] = [zeros(), zeros()];
        for (let byte = 0; byte < size; byte += 1) {
          const value = (bytes[image * size + byte] ?? 0) / 255;
          const channel = byte % channels;
          sum[channel] = (sum[channel] ?? 0) + value;
          square[channel] = (square[channel] ?? 0) + value * value;
        }
        const count = size / channels;
        for (let channel = 0; channel < channels; channel += 1) {
          const [own = 0, ownSquare = 0] = [sum[channel], square[channel]];
          sums[channel] = (sums[channel] ?? 0) + own;
          squares[channel] = (squares[channel] ?? 0) + ownSquare;
          deviations[channel] = (deviations[channel] ?? 0) + Math.sqrt(ownSquare / count - (own / count) ** 2);
        }
        pixels += count;
        images += 1;
      }
    }
    const mean = Array.from(sums, (sum) => sum / pixels);
    return {
      mean,
      channelStd: Array.from(squares, (square, channel) => Math.sqrt(square / pixels - (mean[channel] ?? 0) ** 2)),
      imageStd: Array.from(deviations, (deviation) => deviation / images),
    };
  } finally {
    await source.close();
  }
}

function expectNear(figures: readonly number[], known: readonly number[], tolerance: number): void {
  expect(figures).toHaveLength(known.length);
  for (const [channel, figure] of figures.entries()) {
    expect(Math.abs(figure - (known[channel] ?? 0)), `${figures.join(', ')} for ${known.join(', ')}`).toBeLessThan(
      tolerance,
    );
  }
}

describe.skipIf(dataDir === '')(
  'the figures of normalizations (skipped unless RHEOBASE_DATA names the data folder)',
  () => {
    // Of a part of the images, so within a few thousandths; what they are taken for otherwise is off by hundredths.
    it.each([
      {
        set: 'cifar10',
        folder: 'cifar-10-batches-bin',
        split: 'train',
        step: 10,
        normalization: 'cifar10',
        std: 'imageStd',
      },
      {
        set: 'cifar10',
        folder: 'cifar-10-batches-bin',
        split: 'train',
        step: 10,
        normalization: 'cifar10-channel-std',
        std: 'channelStd',
      },
      {
        set: 'cifar100',
        folder: 'cifar-100-binary',
        split: 'train',
        step: 2,
        normalization: 'cifar100',
        std: 'channelStd',
      },
      { set: 'mnist', folder: 'mnist', split: 'train', step: 7, normalization: 'mnist', std: 'channelStd' },
    ] as const)(
      '$normalization has the mean of $set and its $std',
      async ({ set, folder, split, step, normalization, std }) => {
        if (!existsSync(join(dataDir, folder))) return;
        const figures = await figuresOf(set, split, step);
        const known = normalizationNamed(normalization);
        expectNear(figures.mean, known.mean, 0.004);
        expectNear(figures[std], known.std, 0.004);
      },
    );

    it.skipIf(!existsSync(join(dataDir, 'imagenet/val')))(
      'imagenet has the mean deviation within an image, and not that of all pixels',
      async () => {
        const figures = await figuresOf('imagenet', 'validation', 3);
        const { std } = normalizationNamed('imagenet');
        expectNear(figures.imageStd, std, 0.02);
        expect(Math.min(...figures.channelStd)).toBeGreaterThan(0.25);
      },
    );
  },
);
