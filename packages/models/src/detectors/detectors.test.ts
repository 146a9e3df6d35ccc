import { inferShapes, nodeOf, shapeAt } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { leakySites } from '../activation-sites.js';
import { testDetectorFamily } from '../conformance/conformance.js';
import { resnet20 } from '../cifar-resnet.js';
import { fastestDet, fastestDetFamily } from './fastestdet.js';
import { anchorsOf, headMetadata, headSpecOf } from './head-spec.js';
import { tinyYoloV3, yoloFamilies, yoloSmall } from './yolo.js';

// The sizes of Darknet's weight files, less their headers and the statistics of batch norms: tiny-yolo-voc 15,867,885 and yolov3-tiny 8,858,734 values.
testDetectorFamily(fastestDetFamily, { describe, it }, { options: { inputShape: [96, 96, 3] }, parameters: 244_490 });
testDetectorFamily(
  yoloFamilies.tinyV2,
  { describe, it },
  { options: { inputShape: [96, 96, 3], widths: [2, 2, 2, 2, 2, 2, 4, 4] }, parameters: 15_867_885 - 2 * 3056 },
);
testDetectorFamily(
  yoloFamilies.tinyV3,
  { describe, it },
  { options: { inputShape: [96, 96, 3], widths: [2, 2, 2, 2, 2, 2, 8] }, parameters: 8_858_734 - 2 * 3184 },
);
testDetectorFamily(yoloFamilies.resNet, { describe, it }, { options: { inputShape: [96, 96, 3], width: 2 } });
testDetectorFamily(yoloFamilies.small, { describe, it }, { options: { widths: [4, 4, 4] } });

describe('FastestDet', () => {
  it('passes every other channel through a block and works on the rest', () => {
    const network = fastestDet({ initialization: 'zeros' });
    expect(nodeOf(network, 'backbone.stage2.1.shuffle')).toMatchObject({ op: 'channelShuffle', groups: 24 });
    expect(nodeOf(network, 'backbone.stage2.1.split.1')).toMatchObject({ op: 'split', sizes: [24, 24], part: 1 });
    expect(nodeOf(network, 'backbone.stage2.1.concat')).toMatchObject({
      inputs: ['backbone.stage2.1.split.0', 'backbone.stage2.1.branch_main.7'],
    });
    expect(shapeAt(inferShapes(network), 'output')).toEqual([22, 22, 85]);
    expect(shapeAt(inferShapes(network), 'concat')).toEqual([22, 22, 336]);
  });
});

describe('Tiny-YOLO v3', () => {
  it('has the larger half of its anchors on the coarser map', () => {
    const { maps } = headSpecOf(tinyYoloV3({ initialization: 'zeros' }));
    expect(maps.map(({ stride }) => stride)).toEqual([32, 16]);
    expect(maps[0]?.anchors).toEqual([
      [81, 82],
      [135, 169],
      [344, 319],
    ]);
    expect(maps[1]?.anchors).toEqual([
      [10, 14],
      [23, 27],
      [37, 58],
    ]);
  });
});

describe('the head of a detector', () => {
  it('is in the network’s metadata and comes back from there', () => {
    const spec = {
      kind: 'yolo-v2',
      classes: 3,
      maps: [{ output: 'output', stride: 8, anchors: anchorsOf([1, 2, 3, 4]) }],
    };
    expect(headSpecOf({ nodes: [], parameters: new Map(), metadata: headMetadata(spec) })).toEqual(spec);
  });

  it('is missed in a network that detects nothing, and refused where it is malformed', () => {
    expect(() => headSpecOf(resnet20({ initialization: 'zeros' }))).toThrow(/resnet20.*not a detector/);
    const broken = { nodes: [], parameters: new Map(), metadata: { head: '{"kind":"yolo-v2"}' } };
    expect(() => headSpecOf(broken)).toThrow(/not well-formed/);
  });

  it('takes pairs of positive numbers as anchors', () => {
    expect(() => yoloSmall({ anchors: [10, 20, 30] })).toThrow(/anchors.*width and height/);
  });
});

describe('leakySites', () => {
  it('gives every site its slope, between 0 and 1', () => {
    expect(leakySites(0.2)('site')).toEqual({ kind: 'leaky-relu', attributes: { slope: 0.2 } });
    expect(() => leakySites(1)).toThrow(/slope/);
  });
});
