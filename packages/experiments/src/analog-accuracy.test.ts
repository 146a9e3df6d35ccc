import { inMemory, normalizationNamed } from '@rheobase/datasets';
import { startTensorBackend } from '@rheobase/execution';
import { float32Parameter, networkBuilder } from '@rheobase/network';
import { beforeAll, describe, expect, it } from 'vitest';
import { networkAccuracy } from './analog-accuracy.js';
import { images } from './image-batches.js';

beforeAll(() => startTensorBackend());

const source = inMemory({
  name: 'dots',
  split: 'test',
  classNames: ['dark', 'light'],
  imageShape: [1, 1, 2],
  images: Uint8Array.of(200, 200, 100, 100),
  labels: [0, 1],
});

/** Two inputs into one ReLU, and two logits from that. */
function network(weights: readonly number[]) {
  const builder = networkBuilder();
  const flat = builder.node({ op: 'flatten', name: 'flat', inputs: [builder.input('x', [1, 1, 2])] });
  const wide = builder.dense('wide', flat, { weight: float32Parameter('weight', [2, 1], weights) });
  const site = builder.activation('site', wide, { kind: 'relu' });
  builder.output('y', builder.dense('head', site, { weight: float32Parameter('weight', [1, 2], [1, -1]) }));
  return builder.build();
}

describe('the accuracy of an analog network', () => {
  const given = images(source, normalizationNamed('raw'), {});

  it('is refused where a layer overflows, though a ReLU hides it from the logits', async () => {
    await expect(networkAccuracy(network([3e38, -3e38]), given)).rejects.toThrow(/wide: its values hold NaN/);
  });

  it('is the share of images classified as labelled otherwise', async () => {
    expect(await networkAccuracy(network([1, 1]), given)).toMatchObject({ accuracy: 0.5, images: 2 });
  });
});
