import { bind, startTensorBackend } from '@rheobase/execution';
import { clipSites, mobilenetV2, resnet20, resnext29, vggSmall } from '@rheobase/models';
import type { Network } from '@rheobase/network';
import { randomStream } from '@rheobase/network';
import { tensor4d, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { runStock } from './stock-network.js';
import { batchFor } from './training-task.js';

beforeAll(() => startTensorBackend());

function difference(network: Network): number {
  const bound = bind(network);
  const { images, shape } = batchFor(network, 2);
  const mode = { kind: 'training', random: randomStream(0) } as const;
  const [stock, own] = tidy(() => {
    const batch = tensor4d(images, [...shape]);
    const outputs = [...bound.run(batch, { mode }).outputs.values()];
    const values = [runStock(network, bound.live, batch).logits, ...outputs].map((tensor) =>
      Float32Array.from(tensor.dataSync<'float32'>()),
    );
    for (const output of outputs) output.dispose();
    return values;
  });
  bound.dispose();
  if (stock === undefined || own === undefined) throw new Error('There are no logits.');
  expect(stock).toHaveLength(own.length);
  const scale = Math.max(...own.map(Math.abs));
  return Math.max(...own.map((value, i) => Math.abs(value - (stock[i] ?? Number.NaN)))) / scale;
}

describe('runStock', () => {
  it.each([
    ['a ResNet, with shortcuts of padded channels', () => resnet20({ seed: 0, inputShape: [16, 16, 3] })],
    ['a MobileNet, with depthwise convolutions and ReLU6', () => mobilenetV2({ seed: 0 })],
    ['a ResNeXt, with groups', () => resnext29({ seed: 0, inputShape: [8, 8, 3], cardinality: 2, width: 4 })],
    ['a VGG with max poolings', () => vggSmall({ seed: 0, widths: [4, 6], pooling: 'max' })],
  ])('computes what the network does in training: %s', (_, build) => {
    expect(difference(build())).toBeLessThan(1e-3);
  });

  it('names a site that tfjs has no operation for', () => {
    const network = vggSmall({ seed: 0, widths: [4], activation: clipSites(1) });
    const bound = bind(network);
    const { images, shape } = batchFor(network, 1);
    expect(() => tidy(() => runStock(network, bound.live, tensor4d(images, [...shape])).logits)).toThrow(
      'stage1.relu1: the stock contender of the benchmark has relu and relu6, but no clip.',
    );
    bound.dispose();
  });
});
