import { checkMaps } from './detection-head.js';
import { own, readCells } from './fastestdet-head.js';
import type { ImportedHead } from './imported-head.js';

/** FastestDet exported with the sigmoid of its objectness and the softmax of its classes; boxes are raw values. */
export const activatedFastestDetHead: ImportedHead = {
  kind: 'fastestdet-activated',
  summary: 'FastestDet whose network computes objectness and class probabilities itself',
  source: 'dog-qiuqiu/FastestDet, its ONNX export',
  outputs: 'one map [H, W, 5 + classes]',
  specOf: (outputs, [height = 0]) => {
    const [[output, [rows = 0, , channels = 0]] = ['', []], ...more] = outputs;
    const stride = height / rows;
    if (more.length > 0 || channels <= own || !Number.isSafeInteger(stride)) return undefined;
    return { kind: 'fastestdet-activated', classes: channels - own, maps: [{ output, stride, anchors: [] }] };
  },
  channels: (spec) => own + spec.classes,
  decode: (maps, spec, leastScore) => {
    checkMaps(activatedFastestDetHead, spec, maps);
    return readCells(maps, spec, leastScore, {
      objectness: (value) => value,
      classes: (data, start) => data.subarray(start, start + spec.classes),
    });
  },
};
