import type { Network } from '@rheobase/network';
import { evenPadding, float32Parameter, networkBuilder, sizeOf } from '@rheobase/network';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { TrainingBatch, TrainingSource } from './training-source.js';

const batchSize = 16;

/** Images of a bright upper or lower half, in noise. */
export function halves(count: number, seed: number): TrainingBatch {
  const random = xoroshiro128plus(seed);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2);
  const images = Float32Array.from({ length: count * 36 }, (_, i) => {
    const [image, row] = [Math.floor(i / 36), Math.floor((i % 36) / 6)];
    const bright = row < 3 === (labels[image] === 0);
    return 2 * uniformFloat64(random) - 1 + (bright ? 0.8 : 0);
  });
  return { images, shape: [count, 6, 6, 1], labels };
}

/** Batches of 16 such images, others in each epoch. */
export function halvesSource(batchCount: number): TrainingSource {
  return {
    batchesPerEpoch: batchCount,
    async *epoch(epoch, from) {
      for (let i = from / batchSize; i < batchCount; i++) yield halves(batchSize, 1000 * epoch + i);
    },
  };
}

/** A convolution, a batch norm, a site and a dense layer, for those images. */
export function tinyNetwork(site: 'clip' | 'quant-clip' = 'clip'): Network {
  const random = xoroshiro128plus(1);
  const weights = (shape: readonly number[], scale: number) =>
    float32Parameter(
      'weight',
      shape,
      Float32Array.from({ length: sizeOf(shape) }, () => scale * (2 * uniformFloat64(random) - 1)),
    );
  const builder = networkBuilder();
  const conv = builder.conv2d('conv', builder.input('x', [6, 6, 1]), {
    weight: weights([3, 3, 1, 4], 0.5),
    padding: evenPadding(1),
  });
  const norm = builder.batchNorm('bn', conv, {
    scale: float32Parameter('scale', [4], [1, 1, 1, 1]),
    offset: float32Parameter('bias', [4], [0, 0, 0, 0]),
    mean: float32Parameter('statistic', [4], [0, 0, 0, 0]),
    variance: float32Parameter('statistic', [4], [1, 1, 1, 1]),
    epsilon: 1e-5,
  });
  const active = builder.activation('site', norm, {
    kind: site,
    parameters: { threshold: float32Parameter('threshold', [], [2]) },
    ...(site === 'quant-clip' && { attributes: { levels: 4 } }),
  });
  const flat = builder.node({ op: 'flatten', name: 'flat', inputs: [active] });
  builder.output(
    'y',
    builder.dense('fc', flat, { weight: weights([144, 2], 0.1), bias: float32Parameter('bias', [2], [0, 0]) }),
  );
  return builder.build();
}
