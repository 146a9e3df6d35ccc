import { describe, expect, it } from 'vitest';
import { testDetectionHead } from '../conformance.js';
import { labelled } from '../random-scenes.fixture.js';
import { assignAnchors } from './anchor-assignment.js';
import { fastestDetHead } from './fastestdet-head.js';
import { yoloV2Head, yoloV3Head } from './yolo-head.js';

testDetectionHead(yoloV2Head, { describe, it }, { anchors: true, strides: [8] });
testDetectionHead(yoloV3Head, { describe, it }, { anchors: true, strides: [16, 8] });
testDetectionHead(fastestDetHead, { describe, it }, { anchors: false, strides: [8] });

const spec = {
  kind: 'yolo-v2',
  classes: 2,
  maps: [
    {
      output: 'output',
      stride: 10,
      anchors: [
        [10, 10],
        [30, 30],
      ] as const,
    },
  ],
};

describe('the assignment of anchors', () => {
  it('gives an object the cell of its centre and the anchor it overlaps most', () => {
    const object = labelled(0, [8, 20, 36, 52]);
    expect(assignAnchors([object], spec, [[6, 6]])).toEqual([{ object, map: 0, row: 3, column: 2, anchor: 1 }]);
  });

  it('gives a second object of one place the next best anchor, and a third none', () => {
    const objects = [labelled(0, [20, 20, 30, 30]), labelled(1, [21, 21, 31, 31]), labelled(1, [22, 22, 32, 32])].slice(
      0,
      3,
    );
    const centred = objects.map((object) => ({ ...object, box: { left: 20, top: 20, right: 30, bottom: 30 } }));
    expect(assignAnchors(centred, spec, [[6, 6]]).map(({ anchor }) => anchor)).toEqual([0, 1]);
  });

  it('gives a crowd none, and an object at the border the last cell', () => {
    const border = labelled(0, [58, 58, 62, 62]);
    const places = assignAnchors([labelled(0, [0, 0, 9, 9], { crowd: true }), border], spec, [[6, 6]]);
    expect(places).toMatchObject([{ row: 5, column: 5 }]);
  });
});

describe('YOLO’s boxes', () => {
  it('are, of zeros, the anchor in the middle of each cell (by hand)', () => {
    const maps = [{ height: 1, width: 2, channels: 14, data: new Float32Array(28) }];
    const found = yoloV2Head.decode(maps, spec, 0);
    expect(found).toHaveLength(8);
    expect(found[0]).toEqual({ box: { left: 0, top: 0, right: 10, bottom: 10 }, label: 0, score: 0.25 });
    expect(found[6]).toEqual({ box: { left: 0, top: -10, right: 30, bottom: 20 }, label: 0, score: 0.25 });
    expect(yoloV3Head.decode(maps, { ...spec, kind: 'yolo-v3' }, 0)[7]).toMatchObject({ label: 1, score: 0.25 });
  });
});

describe('FastestDet’s boxes', () => {
  it('are, of zeros, half the image around the corner of each cell (by hand)', () => {
    const map = { height: 2, width: 2, channels: 7, data: new Float32Array(28) };
    const found = fastestDetHead.decode(
      [map],
      { kind: 'fastestdet', classes: 2, maps: [{ output: 'output', stride: 8, anchors: [] }] },
      0,
    );
    expect(found.map(({ box }) => box)).toEqual([
      { left: -4, top: -4, right: 4, bottom: 4 },
      { left: 4, top: -4, right: 12, bottom: 4 },
      { left: -4, top: 4, right: 4, bottom: 12 },
      { left: 4, top: 4, right: 12, bottom: 12 },
    ]);
    // Two classes of ½ each, objectness ½: ½^0.6 · ½^0.4.
    for (const { score } of found) expect(score).toBeCloseTo(0.5, 12);
  });
});
