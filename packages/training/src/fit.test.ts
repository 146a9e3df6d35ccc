import { bind, countCorrect, disposeResult, startTensorBackend } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import { evenPadding, float32Parameter, networkBuilder, sizeOf } from '@rheobase/network';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { memory, tensor } from '@tensorflow/tfjs-core';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LabelledBatch, TrainingSource } from './fit.js';
import { fit } from './fit.js';
import { constantRate, cosine } from './schedule.js';
import { sgd } from './sgd.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels();
});

/** Images of a bright upper or lower half, in noise. */
function halves(count: number, seed: number): LabelledBatch {
  const random = xoroshiro128plus(seed);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2);
  const images = Float32Array.from({ length: count * 36 }, (_, i) => {
    const [image, row] = [Math.floor(i / 36), Math.floor((i % 36) / 6)];
    const bright = row < 3 === (labels[image] === 0);
    return 2 * uniformFloat64(random) - 1 + (bright ? 0.8 : 0);
  });
  return { images, shape: [count, 6, 6, 1], labels };
}

function source(batchCount: number): TrainingSource {
  return {
    batchesPerEpoch: batchCount,
    async *epoch(epoch) {
      for (let i = 0; i < batchCount; i++) yield halves(16, 1000 * epoch + i);
    },
  };
}

function network(): Network {
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
  const site = builder.activation('site', norm, {
    kind: 'clip',
    parameters: { threshold: float32Parameter('threshold', [], [2]) },
  });
  const flat = builder.node({ op: 'flatten', name: 'flat', inputs: [site] });
  builder.output(
    'y',
    builder.dense('fc', flat, { weight: weights([144, 2], 0.1), bias: float32Parameter('bias', [2], [0, 0]) }),
  );
  return builder.build();
}

async function trained(seed: number): Promise<Network> {
  const bound = bind(network());
  await fit(bound, source(20), {
    epochs: 2,
    schedule: cosine(0.05),
    seed,
    optimizer: { weightDecay: { weight: 1e-4 } },
  });
  const result = bound.snapshot();
  bound.dispose();
  return result;
}

describe('fit', () => {
  it('learns to tell images apart, with running statistics good enough for inference', async () => {
    const bound = bind(await trained(0));
    const test = halves(200, 99);
    const images = tensor(test.images, [...test.shape]);
    const result = bound.run(images);
    expect(countCorrect(result.outputs.get('y')?.dataSync() ?? [], test.labels)).toBeGreaterThan(190);
    disposeResult(result);
    images.dispose();
    bound.dispose();
  });

  it('gives the same bytes for the same seed', async () => {
    const [first, second] = [await trained(3), await trained(3)];
    for (const [name, { data }] of first.parameters) expect(second.parameters.get(name)?.data).toEqual(data);
  });

  it('trains θ, and leaves no tensor behind', async () => {
    const before = memory().numTensors;
    const result = await trained(1);
    expect(result.parameters.get('site.threshold')?.data[0]).not.toBe(2);
    expect(memory().numTensors).toBe(before);
  });

  it('stops when the loss is no longer finite, naming the batch and what to do', async () => {
    const bound = bind(network());
    await expect(fit(bound, source(20), { epochs: 1, schedule: constantRate(1e30), seed: 0 })).rejects.toThrow(
      /The loss is (NaN|Infinity) at batch \d+ of epoch 0\. Lower the learning rate/,
    );
    bound.dispose();
  });
});

describe('sgd', () => {
  it('follows v ← m·v + g + λ·w, w ← w − rate·v, with decay by role', () => {
    const builder = networkBuilder();
    builder.output(
      'y',
      builder.dense('fc', builder.input('x', [1]), {
        weight: float32Parameter('weight', [1, 1], [1]),
        bias: float32Parameter('bias', [1], [1]),
      }),
    );
    const bound = bind(builder.build());
    const trainables = new Map(
      [...bound.live].map(([name, variable]) => [
        name,
        { variable, role: name === 'fc.bias' ? ('bias' as const) : ('weight' as const) },
      ]),
    );
    const optimizer = sgd(trainables, { momentum: 0.5, weightDecay: { weight: 0.1 } });
    const gradients = new Map([
      ['fc.weight', tensor([2], [1, 1])],
      ['fc.bias', tensor([2], [1])],
    ]);
    let [w, b, vw, vb] = [1, 1, 0, 0];
    for (let step = 0; step < 3; step++) {
      optimizer.step(gradients, 0.1);
      vw = 0.5 * vw + 2 + 0.1 * w;
      vb = 0.5 * vb + 2;
      w -= 0.1 * vw;
      b -= 0.1 * vb;
    }
    expect(bound.live.get('fc.weight')?.dataSync()[0]).toBeCloseTo(w, 5);
    expect(bound.live.get('fc.bias')?.dataSync()[0]).toBeCloseTo(b, 5);
    optimizer.dispose();
    for (const gradient of gradients.values()) gradient.dispose();
    bound.dispose();
  });
});
