import { deepStrictEqual, ok, strictEqual, throws } from 'node:assert/strict';
import type { LabelledBox } from '@rheobase/datasets';
import type { HeadSpec } from '@rheobase/models';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import type { TrainableHead } from './heads/detection-head.js';
import { emptyMap, type FeatureMap, type MapShape } from './heads/feature-map.js';
import { iou } from './overlap.js';
import { classWise, hardSuppression } from './suppression.js';

/** The two functions of a test runner that the suite needs; Vitest, Jest and node:test have them. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => void): unknown;
}

/** Objects in an input of 64×64 pixels, far apart. */
const objects: readonly LabelledBox[] = [
  [0, 4, 5, 20, 24],
  [1, 38, 6, 58, 22],
  [2, 9, 36, 35, 60],
].map(([label = 0, left = 0, top = 0, right = 0, bottom = 0]) => ({
  box: { left, top, right, bottom },
  label,
  difficult: false,
  truncated: false,
  crowd: false,
  area: (right - left) * (bottom - top),
}));

/** A head of three classes for an input of 64×64. */
function exampleOf(head: TrainableHead, usesAnchors: boolean, strides: readonly number[]) {
  const anchors = usesAnchors
    ? ([
        [12, 14],
        [26, 22],
      ] as const)
    : [];
  const spec: HeadSpec = {
    kind: head.kind,
    classes: 3,
    maps: strides.map((stride, k) => ({ output: `output${k + 1}`, stride, anchors })),
  };
  const shapes = spec.maps.map((map): MapShape => [64 / map.stride, 64 / map.stride, head.channels(spec, map)]);
  return { spec, shapes };
}

function randomMaps(shapes: readonly MapShape[], seed: number): readonly FeatureMap[] {
  const random = xoroshiro128plus(seed);
  return shapes.map((shape) => {
    const map = emptyMap(shape);
    map.data.forEach((_, k) => (map.data[k] = 2 * uniformFloat64(random) - 1));
    return map;
  });
}

/** The maps after a step against their gradient. */
function stepped(maps: readonly FeatureMap[], gradients: readonly Float32Array[], rate: number): readonly FeatureMap[] {
  return maps.map((map, k) => ({
    ...map,
    data: map.data.map((value, at) => value - rate * (gradients[k]?.[at] ?? 0)),
  }));
}

/**
 * What every detection head must keep to, as tests for a test runner:
 *
 *     import { describe, it } from 'vitest';
 *     import { testDetectionHead } from '@rheobase/detection/conformance';
 *     testDetectionHead(myHead, { describe, it }, { anchors: true, strides: [8, 16] });
 *
 * @param layout whether the head uses anchors, and the strides of maps it can have
 */
export function testDetectionHead(
  head: TrainableHead,
  { describe, it }: TestRunner,
  { anchors, strides }: { readonly anchors: boolean; readonly strides: readonly number[] },
): void {
  const { spec, shapes } = exampleOf(head, anchors, strides);
  const thinned = classWise(hardSuppression(0.45));
  describe(`${head.kind} is a detection head`, () => {
    it('that says what it is', () => {
      for (const field of ['kind', 'summary', 'source'] as const) ok(head[field].length > 0, `its ${field} is empty`);
    });

    it('that decodes what it encodes: the objects and nothing else', () => {
      const found = thinned(head.decode(head.encode(objects, spec, shapes), spec, 0.3));
      strictEqual(found.length, objects.length);
      for (const object of objects) {
        const same = found.find(({ label }) => label === object.label);
        ok(same !== undefined, `class ${object.label} is not found`);
        ok(iou(same.box, object.box) > 0.999, `class ${object.label} is found elsewhere: ${JSON.stringify(same.box)}`);
        ok(same.score > 0.99, `class ${object.label} is found with the score ${same.score}`);
      }
    });

    it('that gives scores from the least one asked for up to 1', () => {
      const all = head.decode(randomMaps(shapes, 1), spec, 0);
      ok(all.length > 0, 'random maps say nothing at all');
      for (const { score, label } of all) {
        ok(score >= 0 && score <= 1, `a score is ${score}`);
        ok(label >= 0 && label < 3, `a label is ${label}`);
      }
      const least = 0.2;
      deepStrictEqual(
        head.decode(randomMaps(shapes, 1), spec, least),
        all.filter(({ score }) => score >= least),
      );
    });

    it('whose loss is the sum of its parts, smallest where the maps say what is there', () => {
      const ideal = head.loss(head.encode(objects, spec, shapes), objects, spec);
      const other = head.loss(randomMaps(shapes, 2), objects, spec);
      const { box, objectness, class: classes } = other.parts;
      ok(Math.abs(box + objectness + classes - other.value) < 1e-9 * other.value);
      ok(Number.isFinite(ideal.value) && ideal.parts.class < other.parts.class, 'the right classes cost more');
      ok(ideal.value < other.value, `${ideal.value} where all is right, ${other.value} at random`);
    });

    it('whose gradient is that of its loss, by finite differences', () => {
      const maps = randomMaps(shapes, 3);
      const { gradients } = head.loss(maps, objects, spec);
      // What a head decides by (which cell, which target) holds still within a small step; what it learns from a present value does not,
      // so the loss is compared along the gradient of one value at a time and most must agree.
      let [agreeing, compared] = [0, 0];
      maps.forEach((map, m) => {
        const gradient = gradients[m] ?? new Float32Array();
        const steep = [...gradient.keys()].filter((k) => Math.abs(gradient[k] ?? 0) > 1e-3);
        for (const k of steep.slice(0, 150)) {
          const moved = (by: number): number => {
            const data = map.data.slice();
            data[k] = (data[k] ?? 0) + by;
            return head.loss(maps.with(m, { ...map, data }), objects, spec).value;
          };
          const step = 2 ** -9;
          const difference = (moved(step) - moved(-step)) / (2 * step);
          compared += 1;
          if (Math.abs(difference - (gradient[k] ?? 0)) < 0.02 * Math.max(0.05, Math.abs(difference))) agreeing += 1;
        }
      });
      ok(compared > 20, `only ${compared} values have a gradient`);
      ok(agreeing >= 0.8 * compared, `${agreeing} of ${compared} derivatives agree with finite differences`);
    });

    it('that learns objects by descent on its loss', () => {
      let maps = randomMaps(shapes, 4);
      const steps = 1500;
      for (let step = 0; step < steps; step += 1) {
        maps = stepped(maps, head.loss(maps, objects, spec).gradients, 0.1 * (1 - step / steps));
      }
      const found = thinned(head.decode(maps, spec, 0.5));
      for (const object of objects) {
        ok(
          found.some(({ label, box }) => label === object.label && iou(box, object.box) > 0.7),
          `class ${object.label} is not learned: ${JSON.stringify(found)}`,
        );
      }
    });

    it('that learns from an image without objects that there is nothing', () => {
      let maps = randomMaps(shapes, 5);
      for (let step = 0; step < 200; step += 1) maps = stepped(maps, head.loss(maps, [], spec).gradients, 0.3);
      deepStrictEqual(head.decode(maps, spec, 0.5), []);
    });

    it('that makes no target of a crowd, and holds nothing in it to be wrong', () => {
      const everywhere: LabelledBox = {
        box: { left: -1000, top: -1000, right: 1000, bottom: 1000 },
        label: 0,
        difficult: false,
        truncated: false,
        crowd: true,
        area: 4e6,
      };
      const { value, gradients } = head.loss(randomMaps(shapes, 6), [everywhere], spec);
      strictEqual(value, 0);
      ok(gradients.every((gradient) => gradient.every((slope) => slope === 0)));
    });

    it('that leaves the maps it is given untouched', () => {
      const maps = randomMaps(shapes, 7);
      const before = maps.map(({ data }) => data.slice());
      head.decode(maps, spec, 0.1);
      head.loss(maps, objects, spec);
      deepStrictEqual(
        maps.map(({ data }) => data),
        before,
      );
    });

    it('that refuses maps that are not its own', () => {
      const wrong = shapes.map(([height, width, channels]) => emptyMap([height, width, channels + 1]));
      throws(() => head.decode(wrong, spec, 0.1), /channels/);
      throws(() => head.loss([], objects, spec), /maps/);
    });
  });
}
