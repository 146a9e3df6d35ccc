import { bind, startTensorBackend } from '@rheobase/execution';
import { defaultNormalizations, scenes } from '@rheobase/datasets';
import { tinyYoloV3, yoloSmall } from '@rheobase/models';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { constantRate, fit } from '@rheobase/training';
import { memory, reshape, tensor, tensor1d, tensor2d, tidy, valueAndGrad } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { isTrainable } from '../heads/detection-head.js';
import { detectorOf, mapValues, splitMaps } from '../detector.js';
import { joinOutputs, withParametersOf } from '../join-outputs.js';
import { labelled } from '../random-scenes.fixture.js';
import { boxTrainingSource } from './box-training-source.js';
import { detectionLoss } from './detection-loss.js';
import { decodeTargets, encodeTargets } from './targets.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels();
});

const small = yoloSmall({ widths: [8, 8, 8], classes: 5, seed: 1 });

describe('targets', () => {
  it('come back as the objects they were made of, crowds marked', () => {
    const objects = [
      [labelled(2, [1, 2, 3, 4])],
      [],
      [labelled(0, [0, 0, 5, 5], { crowd: true }), labelled(1, [3, 3, 9, 9])],
    ];
    const targets = encodeTargets(objects);
    expect(targets).toHaveLength(3 * 2 * 6);
    objects.forEach((own, image) => expect(decodeTargets(targets.subarray(image * 12, (image + 1) * 12))).toEqual(own));
  });
});

describe('a detector with joined outputs', () => {
  it('gives the values of its maps in a row', async () => {
    const network = tinyYoloV3({ widths: [2, 2, 2, 2, 4, 4, 8], inputShape: [64, 64, 3], classes: 2 });
    const detector = detectorOf(network);
    const image = tensor(
      Array.from({ length: 64 * 64 * 3 }, (_, k) => Math.sin(k)),
      [1, 64, 64, 3],
    );
    const [apart, joined] = [bind(network), bind(joinOutputs(network))];
    const maps = splitMaps(
      detector,
      joined.run(image).outputs.get('output')?.dataSync<'float32'>() ?? new Float32Array(),
    );
    const { outputs } = apart.run(image);
    detector.spec.maps.forEach(({ output }, k) => expect(maps[k]?.data).toEqual(outputs.get(output)?.dataSync()));
    expect(withParametersOf(network, joined.snapshot())).toEqual(network);
  });
});

describe('the loss of a detector', () => {
  it('is the mean of its head’s over the images, with the head’s gradient', () => {
    const detector = detectorOf(small);
    const { head } = detector;
    if (!isTrainable(head)) throw new Error('the example is trainable');
    const size = mapValues(detector);
    const values = Float32Array.from({ length: 2 * size }, (_, k) => Math.sin(k * 0.7));
    const objects = [[labelled(1, [10, 12, 40, 44])], [labelled(4, [50, 50, 70, 80])]];
    const expected = objects.map((own, image) =>
      head.loss(splitMaps(detector, values.subarray(image * size, (image + 1) * size)), own, detector.spec),
    );
    const before = memory().numTensors;
    tidy(() => {
      const target = { labels: tensor1d([0, 0], 'int32'), targets: tensor2d(encodeTargets(objects), [2, 6]) };
      const { value, grad } = valueAndGrad((logits) =>
        detectionLoss(detector).evaluate(reshape(logits, [2, size]), target),
      )(tensor2d(values, [2, size]));
      expect(value.dataSync()[0]).toBeCloseTo(((expected[0]?.value ?? 0) + (expected[1]?.value ?? 0)) / 2, 4);
      const gradient = grad.dataSync();
      expected.forEach(({ gradients }, image) => {
        const own = gradients[0] ?? new Float32Array();
        own.forEach((slope, k) => expect(gradient[image * size + k]).toBeCloseTo(slope / 2, 6));
      });
    });
    expect(memory().numTensors).toBe(before);
  });

  it('asks for targets and for joined outputs', () => {
    const loss = detectionLoss(detectorOf(small));
    const labels = tensor1d([0], 'int32');
    expect(() => loss.evaluate(tensor2d([[1, 2]]), { labels })).toThrow(/joinOutputs/);
    expect(() => loss.evaluate(tensor2d([new Array(mapValues(detectorOf(small))).fill(0)]), { labels })).toThrow(
      /targets/,
    );
  });

  it('falls as a network is trained on it, and no tensor is left behind', async () => {
    const network = joinOutputs(small);
    const source = boxTrainingSource(scenes({ split: 'train', length: 24 }), {
      batchSize: 8,
      size: { height: 96, width: 96 },
      fit: { shape: 'stretch', filter: 'bilinear' },
      normalization: defaultNormalizations.get('unit'),
      seed: 3,
    });
    const bound = bind(network);
    const before = memory().numTensors;
    const { history, completed } = await fit(bound, source, {
      epochs: 6,
      schedule: constantRate(0.01),
      loss: detectionLoss(detectorOf(small)),
      clipNorm: 10,
      microBatch: 4,
      seed: 1,
    });
    expect(completed).toBe(true);
    expect(history.at(-1)?.loss).toBeLessThan(0.7 * (history[0]?.loss ?? 0));
    expect(memory().numTensors).toBe(before);
  });
});
