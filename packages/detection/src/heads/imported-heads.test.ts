import type { Network, Shape } from '@rheobase/network';
import { float32Parameter, networkBuilder, sizeOf } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { detections, detectorOf } from '../detector.js';
import { detectionLoss } from '../training/detection-loss.js';
import { emptyMap } from './feature-map.js';
import { withImportedHead } from './with-imported-head.js';

/** A network with an input `[height, width, 3]` and outputs of these shapes; what it computes does not matter here. */
function networkOf(height: number, width: number, outputs: Readonly<Record<string, Shape>>): Network {
  const build = networkBuilder();
  const mean = build.node({ op: 'globalAvgPool', name: 'mean', inputs: [build.input('image', [height, width, 3])] });
  for (const [name, shape] of Object.entries(outputs)) {
    const size = sizeOf(shape);
    const weight = float32Parameter('weight', [3, size], new Float32Array(3 * size));
    const values = build.dense(`${name}.values`, mean, { weight });
    build.output(name, build.node({ op: 'reshape', name: `${name}.shaped`, inputs: [values], shape }));
  }
  return build.build();
}

const rows = (values: readonly (readonly number[])[]) => ({
  height: values.length,
  width: 1,
  channels: values[0]?.length ?? 0,
  data: Float32Array.from(values.flat()),
});

const onItself = (height: number, width: number) => ({
  size: { height, width },
  placement: { scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0 },
});

describe('A head of a network that others trained', () => {
  it('reads boxes that the network decoded, as fractions of its input', () => {
    const network = networkOf(100, 200, { scores: [2, 3], boxes: [2, 4] });
    const detector = detectorOf(withImportedHead(network));
    expect(detector.spec).toMatchObject({ kind: 'decoded-boxes', classes: 2 });
    const scores = rows([
      [0.1, 0.2, 0.7],
      [0.9, 0.05, 0.05],
    ]);
    const boxes = rows([
      [0.25, 0.5, 0.5, 0.75],
      [0, 0, 1, 1],
    ]);
    expect(detector.head.decode([scores, boxes], detector.spec, 0.5, detector.size)).toEqual([
      { box: { left: 50, top: 50, right: 100, bottom: 75 }, label: 1, score: expect.closeTo(0.7, 6) },
    ]);
  });

  it('reads offsets to the prior boxes of Ultra-Light, and names both heads where the outputs fit both', () => {
    const network = networkOf(240, 320, { boxes: [4420, 4], scores: [4420, 2] });
    expect(() => withImportedHead(network)).toThrow(/'decoded-boxes'.* or 'ultraface'.*Name the one/);
    const detector = detectorOf(withImportedHead(network, 'ultraface'));
    const [scores, boxes] = [emptyMap([4420, 1, 2]), emptyMap([4420, 1, 4])];
    // The second side of the second cell, and the last side of the last cell, moved by a tenth of its size and enlarged.
    scores.data[2 * 4 + 1] = 0.9;
    scores.data[2 * 4419 + 1] = 0.8;
    boxes.data.set([1, 0, 0, Math.log(2) / 0.2], 4 * 4419);
    const [small, large] = detector.head.decode([scores, boxes], detector.spec, 0.5, detector.size);
    expect(small?.box).toEqual({
      left: expect.closeTo(12 - 8, 4),
      top: expect.closeTo(4 - 8, 4),
      right: expect.closeTo(12 + 8, 4),
      bottom: expect.closeTo(4 + 8, 4),
    });
    // 240 pixels have four rows of 64: the side is cut to the input's height, the centre is at 224.
    expect(large?.box).toEqual({
      left: expect.closeTo(288 + 25.6 - 128, 3),
      top: expect.closeTo(224 - 240, 3),
      right: expect.closeTo(288 + 25.6 + 128, 3),
      bottom: expect.closeTo(224 + 240, 3),
    });
  });

  it('reads YuNet’s three strides by the names of its outputs, whatever others there are', () => {
    const shapes = Object.fromEntries(
      [8, 16, 32].flatMap((stride) =>
        Object.entries({ cls: 1, obj: 1, bbox: 4, kps: 10 }).map(([part, columns]) => [
          `${part}_${stride}`,
          // One of them as an image, as an importer may give it.
          part === 'bbox' ? [64 / stride, 96 / stride, columns] : [(64 / stride) * (96 / stride), columns],
        ]),
      ),
    );
    const detector = detectorOf(withImportedHead(networkOf(64, 96, shapes)));
    expect(detector.spec.kind).toBe('yunet');
    const maps = detector.shapes.map(emptyMap);
    // Stride 16, second row, third column.
    const cell = 6 + 2;
    const [, , , classes, objectness, boxes] = maps;
    if (classes === undefined || objectness === undefined || boxes === undefined) throw new Error('nine maps');
    classes.data[cell] = 0.81;
    objectness.data[cell] = 1.2;
    boxes.data.set([0.5, 0.25, Math.log(2), 0], 4 * cell);
    expect(detections(detector, maps, onItself(64, 96))).toEqual([
      {
        box: { left: expect.closeTo(24, 4), top: 12, right: expect.closeTo(56, 4), bottom: 28 },
        label: 0,
        score: expect.closeTo(0.9, 6),
      },
    ]);
  });

  it('reads a FastestDet that computes its probabilities itself', () => {
    const detector = detectorOf(withImportedHead(networkOf(32, 32, { out: [2, 2, 7] })));
    const map = emptyMap([2, 2, 7]);
    map.data.set([0.5, 0, 0, 0, 0, 0.25, 0.75], 7);
    const [found] = detector.head.decode([map], detector.spec, 0.3, detector.size);
    expect(found).toEqual({
      box: { left: 8, top: -8, right: 24, bottom: 8 },
      label: 1,
      score: expect.closeTo(0.5 ** 0.6 * 0.75 ** 0.4, 6),
    });
  });

  it('refuses outputs that fit no head, listing both', () => {
    const network = networkOf(32, 32, { logits: [10] });
    expect(() => withImportedHead(network)).toThrow(/logits \[10\].*yunet: cls_8/);
    expect(() => withImportedHead(network, 'yunet')).toThrow(/Heads read: yunet: cls_8/);
    expect(() => withImportedHead(network, 'yunett')).toThrow(/yunet/);
  });

  it('has no loss: training it is refused by name', () => {
    const detector = detectorOf(withImportedHead(networkOf(100, 200, { scores: [2, 3], boxes: [2, 4] })));
    expect(() => detectionLoss(detector)).toThrow(/decoded-boxes.*cannot be trained/);
  });
});
