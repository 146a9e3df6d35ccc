import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JudgedImage } from '../detection.js';
import { judgedImages, labelled } from '../random-scenes.fixture.js';
import { coco } from './coco.js';
import { defaultApProtocols } from './default-protocols.js';
import { slowCoco, slowVoc } from './slow-reference.fixture.js';
import { voc2007, voc2010 } from './voc.js';

const detection = (label: number, score: number, box: readonly [number, number, number, number]) => ({
  box: labelled(label, box).box,
  label,
  score,
});

const perfect: readonly JudgedImage[] = [
  [labelled(0, [0, 0, 20, 20]), labelled(1, [30, 30, 90, 80])],
  [],
  [labelled(0, [5, 5, 200, 160]), labelled(0, [0, 0, 40, 40], { crowd: true })],
].map((objects) => ({
  objects,
  detections: objects.filter(({ crowd }) => !crowd).map(({ box, label }, k) => ({ box, label, score: 0.9 - k / 10 })),
}));

/** Two objects. Found by falling score: yes, no, yes. */
const byHand: readonly JudgedImage[] = [
  {
    objects: [labelled(0, [0, 0, 10, 10]), labelled(0, [100, 100, 110, 110])],
    detections: [
      detection(0, 0.9, [0, 0, 10, 10]),
      detection(0, 0.8, [50, 50, 60, 60]),
      detection(0, 0.7, [100, 100, 110, 110]),
    ],
  },
];

const expectNear = (a: number, b: number): void => {
  if (Number.isNaN(b)) expect(a).toBeNaN();
  else expect(a).toBeCloseTo(b, 10);
};

describe('average precision', () => {
  it.each(defaultApProtocols.names)('of perfect detections is 1 (%s)', (name) => {
    const report = defaultApProtocols.get(name).evaluate(
      perfect.map((image) => ({ ...image, objects: image.objects.filter(({ crowd }) => name === 'coco' || !crowd) })),
      3,
    );
    expect(report.meanAp).toBeCloseTo(1, 12);
    expect(report.meanApAtHalf).toBeCloseTo(1, 12);
    expect(report.apByClass[2]).toBeNaN();
    expect(report.objectsByClass).toEqual([2, 1, 0]);
  });

  it.each(defaultApProtocols.names)('of nothing found is 0, and of nothing to find is not a number (%s)', (name) => {
    const protocol = defaultApProtocols.get(name);
    expect(protocol.evaluate([{ objects: [labelled(0, [0, 0, 9, 9])], detections: [] }], 1).meanAp).toBe(0);
    expect(protocol.evaluate([{ objects: [], detections: [detection(0, 1, [0, 0, 9, 9])] }], 1).meanAp).toBeNaN();
  });

  it('of two objects found by the first and third detection, by hand', () => {
    // Precision 1 up to recall ½, 2/3 beyond.
    expectNear(voc2007.evaluate(byHand, 1).meanAp, (6 * 1 + 5 * (2 / 3)) / 11);
    expectNear(voc2010.evaluate(byHand, 1).meanAp, 0.5 * 1 + 0.5 * (2 / 3));
    expectNear(coco.evaluate(byHand, 1).meanAp, (51 * 1 + 50 * (2 / 3)) / 101);
  });

  it('takes a second detection of one object for wrong', () => {
    const twice = [
      {
        objects: [labelled(0, [0, 0, 10, 10]), labelled(0, [40, 0, 50, 10])],
        detections: [
          detection(0, 0.9, [0, 0, 10, 10]),
          detection(0, 0.8, [0, 0, 10, 10]),
          detection(0, 0.7, [40, 0, 50, 10]),
        ],
      },
    ];
    for (const name of defaultApProtocols.names) {
      expectNear(
        defaultApProtocols.get(name).evaluate(twice, 1).meanAp,
        defaultApProtocols.get(name).evaluate(byHand, 1).meanAp,
      );
    }
  });

  it('passes over difficult objects (VOC): finding them neither gains nor loses', () => {
    const [image] = byHand;
    const objects = [...(image?.objects ?? []), labelled(0, [50, 50, 60, 60], { difficult: true })];
    expect(voc2007.evaluate([{ objects, detections: image?.detections ?? [] }], 1).meanAp).toBeCloseTo(1, 12);
  });

  it('passes over what lies in a crowd (COCO), however many detections do', () => {
    const [image] = byHand;
    const objects = [...(image?.objects ?? []), labelled(0, [40, 40, 90, 90], { crowd: true })];
    const more = [
      ...(image?.detections ?? []),
      detection(0, 0.95, [60, 60, 70, 70]),
      detection(0, 0.85, [70, 70, 80, 80]),
    ];
    expect(coco.evaluate([{ objects, detections: more }], 1).meanAp).toBeCloseTo(1, 12);
  });

  it('judges by overlap: at 0.6, COCO counts it at the overlaps 0.5, 0.55 and 0.6 only', () => {
    // Intersection 60, union 100.
    const images = [{ objects: [labelled(0, [0, 0, 10, 10])], detections: [detection(0, 0.9, [0, 0, 10, 6])] }];
    const report = coco.evaluate(images, 1);
    expectNear(report.meanAp, 0.3);
    expectNear(report.meanApAtHalf, 1);
    expectNear(report.further['AP75'] ?? Number.NaN, 0);
  });

  it('equals an independent slow one on random cases, crowds and difficult objects included', () => {
    fc.assert(
      fc.property(judgedImages, (images) => {
        const plain = images.map((image) => ({
          ...image,
          objects: image.objects.map((o) => ({ ...o, crowd: false })),
        }));
        expectNear(voc2007.evaluate(plain, 2).meanAp, slowVoc(plain, 2, 'eleven-points'));
        expectNear(voc2010.evaluate(plain, 2).meanAp, slowVoc(plain, 2, 'area'));
        const report = coco.evaluate(images, 2);
        expectNear(report.meanAp, slowCoco(images, 2).ap);
        expectNear(report.meanApAtHalf, slowCoco(images, 2, { leasts: [0.5] }).ap);
        expectNear(report.further['AP-small'] ?? 0, slowCoco(images, 2, { to: 32 ** 2 }).ap);
        expectNear(report.further['AP-medium'] ?? 0, slowCoco(images, 2, { from: 32 ** 2, to: 96 ** 2 }).ap);
        expectNear(report.further['AP-large'] ?? 0, slowCoco(images, 2, { from: 96 ** 2 }).ap);
        expectNear(report.further['AR-1'] ?? 0, slowCoco(images, 2, { limit: 1 }).ar);
        expectNear(report.further['AR-10'] ?? 0, slowCoco(images, 2, { limit: 10 }).ar);
        expectNear(report.further['AR-100'] ?? 0, slowCoco(images, 2).ar);
      }),
      { seed: 2024, numRuns: 250 },
    );
  });

  it('looks at no more than a hundred detections an image and class (COCO)', () => {
    const stray = Array.from({ length: 100 }, (_, k) => detection(0, 0.9, [200 + k, 200, 210 + k, 210]));
    const images = [
      { objects: [labelled(0, [0, 0, 10, 10])], detections: [...stray, detection(0, 0.5, [0, 0, 10, 10])] },
    ];
    expect(coco.evaluate(images, 1).meanAp).toBe(0);
    expect(voc2010.evaluate(images, 1).meanAp).toBeCloseTo(1 / 101, 12);
  });

  it('refuses a label out of range and a score that is no number, naming the image', () => {
    expect(() => coco.evaluate([{ objects: [labelled(3, [0, 0, 1, 1])], detections: [] }], 3)).toThrow(
      /image 0.*class 3/,
    );
    const odd = { objects: [], detections: [detection(0, Number.NaN, [0, 0, 1, 1])] };
    expect(() => voc2007.evaluate([odd], 1)).toThrow(/image 0.*NaN/);
  });
});
