import { lightCalibration } from '@rheobase/calibrator';
import type { NeuronChoice } from '@rheobase/converter';
import { boxBatches, defaultNormalizations, scenes } from '@rheobase/datasets';
import { defaultApProtocols, detectorOf, voc2010 } from '@rheobase/detection';
import { bind, startTensorBackend } from '@rheobase/execution';
import { fastestDet, yoloSmall } from '@rheobase/models';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { analogDetections } from './analog-detections.js';
import { assertDetects, assertHasObjects, type BoxImages } from './box-images.js';
import { convertDetector } from './detector-conversion.js';
import { summarizeDetections } from './spiking-detection-summary.js';
import { spikingDetections } from './spiking-detections.js';
import { boundEngine } from '../spiking-engine.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels();
});

const network = yoloSmall({ widths: [4, 6, 8], inputShape: [48, 48, 3], pooling: 'average', seed: 2 });
const detector = detectorOf(network);
const given: BoxImages = {
  source: scenes({ split: 'test', length: 5 }),
  normalization: defaultNormalizations.get('unit'),
  fit: { shape: 'stretch', filter: 'bilinear' },
  size: detector.size,
  count: 5,
  batchSize: 2,
};

async function inputs(from: number, count: number) {
  const source = scenes({ split: 'train', length: from + count });
  for await (const { images, shape } of boxBatches(source, { ...given, batchSize: count, from })) {
    return { images, shape };
  }
  throw new Error('there are no images');
}

describe('a detector with leaky activations, converted without labels', () => {
  it('comes the closer to its source the more steps it has, and leaves no tensor behind', async () => {
    const images = { calibration: await inputs(0, 8), heldOut: await inputs(8, 4) };
    const before = memory().numTensors;
    const recipe = { steps: 32, thresholds: { kind: 'percentile', percentile: 99.9 }, passes: [], seed: 0 } as const;
    const { source, converted } = await convertDetector(network, images, recipe);
    expect(source.nodes.some(({ op }) => op === 'batchNorm')).toBe(false);
    const neurons = converted[0].network.nodes.flatMap((node) => (node.op === 'neuron' ? [node.neuron.kind] : []));
    expect(new Set(neurons)).toEqual(new Set(['signed-if']));

    const [spiking, reference] = [bind(converted[0].network), bind(source)];
    const options = { steps: 32, readAt: [2, 8, 32], reference } as const;
    const done = await spikingDetections(boundEngine(spiking), detector, given, options);
    const [two = 0, eight = 0, all = 0] = [2, 8, 32].map((t) => done.distanceAt.get(t));
    expect(eight).toBeLessThan(two);
    expect(all).toBeLessThan(eight);
    expect(all).toBeLessThan(0.2);

    const summary = summarizeDetections(converted[0].network, done, { protocol: voc2010, classes: 5 });
    expect(summary.at.map(({ steps }) => steps)).toEqual([2, 8, 32]);
    for (const { sopsPerImage, energyRatio, meanAp, firingRate } of summary.at) {
      expect(sopsPerImage).toBeGreaterThan(0);
      expect(energyRatio).toBeGreaterThan(0);
      expect(meanAp).toBeGreaterThanOrEqual(0);
      expect(firingRate).toBeGreaterThan(0);
    }
    spiking.dispose();
    reference.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('is brought closer by calibration', async () => {
    const images = { calibration: await inputs(0, 16), heldOut: await inputs(16, 4) };
    const recipe = { steps: 4, thresholds: { kind: 'percentile', percentile: 99.9 }, seed: 0 } as const;
    const { source, converted } = await convertDetector(network, images, { ...recipe, passes: [lightCalibration()] });
    expect(converted.map(({ pass }) => pass)).toEqual(['converted', 'light']);
    const reference = bind(source);
    const distances: number[] = [];
    for (const { network: spiking } of converted) {
      const bound = bind(spiking);
      const done = await spikingDetections(boundEngine(bound), detector, given, { steps: 4, reference });
      distances.push(done.distanceAt.get(4) ?? Number.NaN);
      bound.dispose();
    }
    reference.dispose();
    expect(distances[1]).toBeLessThan(distances[0] ?? 0);
  });

  it('gets the neuron model that is asked for, if it can stand for the activation', async () => {
    const images = { calibration: await inputs(0, 2), heldOut: await inputs(2, 1) };
    const recipe = { steps: 4, thresholds: { kind: 'percentile', percentile: 99.9 }, passes: [], seed: 0 } as const;
    const taking = { ...recipe, neuron: 'compensating-if' };
    await expect(convertDetector(network, images, taking)).rejects.toThrow(/leaky/);
    const plain = fastestDet({ inputShape: [64, 64, 3], seed: 1 });
    const image = { shape: [1, 64, 64, 3], images: Float32Array.from({ length: 64 * 64 * 3 }, (_, i) => (i % 7) / 7) };
    const { converted } = await convertDetector(plain, { calibration: image, heldOut: image }, taking);
    const kinds = converted[0].network.nodes.flatMap((node) => (node.op === 'neuron' ? [node.neuron.kind] : []));
    expect(new Set(kinds)).toEqual(new Set(['compensating-if']));
  });

  it('gets a neuron with its constants, and one that must know T', async () => {
    const plain = fastestDet({ inputShape: [64, 64, 3], seed: 1 });
    const image = { shape: [1, 64, 64, 3], images: Float32Array.from({ length: 64 * 64 * 3 }, (_, i) => (i % 7) / 7) };
    const neuronsOf = async (neuron: string | NeuronChoice) => {
      const { converted } = await convertDetector(
        plain,
        { calibration: image, heldOut: { shape: [0, 64, 64, 3], images: new Float32Array(0) } },
        { steps: 4, thresholds: { kind: 'percentile', percentile: 99.9 }, passes: [], seed: 0, neuron },
      );
      return converted[0].network.nodes.flatMap((node) => (node.op === 'neuron' ? [node.neuron] : []));
    };
    const leaky = await neuronsOf({ kind: 'lif', parameters: { leak: 0.9 } });
    expect(leaky.length).toBeGreaterThan(0);
    for (const { kind, parameters } of leaky) {
      expect(kind).toBe('lif');
      expect(parameters).toHaveProperty('leak');
    }
    for (const { attributes } of await neuronsOf('if-shift')) expect(attributes).toEqual({ steps: 4 });
  });

  it('reads boxes within T only', async () => {
    const bound = bind(network);
    const engine = boundEngine(bound);
    await expect(spikingDetections(engine, detector, given, { steps: 4, readAt: [5] })).rejects.toThrow(/step 5 of 4/);
    bound.dispose();
  });
});

describe('an analog detector', () => {
  it('is judged image by image, in pixels of the image', async () => {
    const bound = bind(network);
    const counts: number[] = [];
    const judged = await analogDetections(bound, detector, given, { onBatch: (images) => counts.push(images) });
    expect(counts).toEqual([2, 4, 5]);
    judged.forEach(({ objects, detections }, index) => {
      expect(objects).toEqual(given.source.annotation(index).objects);
      for (const { box } of detections) {
        expect(Math.min(box.left, box.top)).toBeGreaterThanOrEqual(0);
        expect(Math.max(box.right, box.bottom)).toBeLessThanOrEqual(96);
      }
    });
    bound.dispose();
  });

  it('is refused images of other classes', () => {
    const other = detectorOf(yoloSmall({ widths: [4, 4, 4], classes: 3 }));
    expect(() => assertDetects(other, given)).toThrow(/3 classes.*scenes has 5/);
    const five = { ...other, spec: { ...other.spec, classes: 5 } };
    const names = given.source.classNames;
    expect(() => assertDetects(five, given)).not.toThrow();
    expect(() =>
      assertDetects(
        five,
        given,
        names.map((name) => name.toUpperCase()),
      ),
    ).not.toThrow();
    expect(() => assertDetects(five, given, names.toReversed())).toThrow(
      /Class 0 of the detector is .*the order differs/,
    );
    const one = { ...other, spec: { ...other.spec, classes: 1 } };
    expect(() => assertDetects(one, given, ['face'])).toThrow(/finds 1 class \(face\), and scenes has no boxes of it/);
    expect(() => assertDetects(one, given, names.slice(0, 1))).toThrow(/has 1 class \(.*\), but scenes has 5/);
  });

  it('is not evaluated on images without an object that counts', () => {
    const [object] = given.source.annotation(0).objects;
    if (object === undefined) throw new Error('the first scene has an object');
    const of = (...objects: readonly (typeof object)[]) => ({
      ...given,
      source: { ...given.source, annotation: () => ({ ...given.source.annotation(0), objects }) },
    });
    const [byVoc, byCoco] = [defaultApProtocols.get('voc-2007'), defaultApProtocols.get('coco')];
    expect(() => assertHasObjects(of(), byVoc)).toThrow(
      /^scenes \(test\): none of the 5 images has an annotated box, so/,
    );
    const difficult = of({ ...object, difficult: true });
    expect(() => assertHasObjects(difficult, byVoc)).toThrow(/an annotated box that counts by voc-2007/);
    expect(() => assertHasObjects(difficult, byCoco)).not.toThrow();
    expect(() => assertHasObjects(of({ ...object, crowd: true }), byCoco)).toThrow(/that counts by coco/);
    expect(() => assertHasObjects(given, byVoc)).not.toThrow();
  });
});
