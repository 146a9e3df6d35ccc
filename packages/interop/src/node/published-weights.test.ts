import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { mobilenetV1Vww, resnet20, resnet8 } from '@rheobase/models';
import { referenceForward } from '@rheobase/testing';
import { describe, expect, it } from 'vitest';
import { loadWeightsFile } from './index.js';

const data = process.env['RHEOBASE_DATA'];

describe.skipIf(data === undefined)('published weights (in the folder RHEOBASE_DATA)', () => {
  const weights = (name: string) => join(data ?? '', 'weights', `${name}.safetensors`);

  it.each([
    { model: resnet20, file: 'cifar10_resnet20_akamaster', convention: 'pytorch', count: 97 },
    { model: resnet8, file: 'cifar10_resnet8_mlperf-tiny', convention: 'keras', count: 48 },
    { model: mobilenetV1Vww, file: 'vww96_mobilenetv1-0.25_mlperf-tiny', convention: 'keras', count: 164 },
  ])(
    '$file: every tensor has its parameter and every parameter its tensor',
    async ({ model, file, convention, count }) => {
      const { network, report } = await loadWeightsFile(model({ initialization: 'zeros' }), weights(file));
      expect(report).toMatchObject({ convention, kept: [], unused: [] });
      expect(report.matched).toHaveLength(count);
      expect(network.parameters.size).toBe(count);
    },
  );

  it('make the slow reference recognise test images: ResNet-8 at least six of the first eight', async () => {
    const { network } = await loadWeightsFile(
      resnet8({ initialization: 'zeros' }),
      weights('cifar10_resnet8_mlperf-tiny'),
    );
    const images = 8;
    const file = await open(join(data ?? '', 'cifar-10-batches-bin', 'test_batch.bin'));
    const { buffer } = await file.read({ buffer: new Uint8Array(images * 3073) }).finally(() => file.close());
    let right = 0;
    for (let image = 0; image < images; image += 1) {
      const record = buffer.subarray(image * 3073, (image + 1) * 3073);
      const pixels = Float64Array.from(
        { length: 3072 },
        (_, at) => record[1 + (at % 3) * 1024 + Math.floor(at / 3)] ?? 0,
      );
      const logits = Array.from(referenceForward(network, pixels).get('output') ?? []);
      if (logits.indexOf(Math.max(...logits)) === record[0]) right += 1;
    }
    expect(right).toBeGreaterThanOrEqual(6);
  }, 60_000);
});
