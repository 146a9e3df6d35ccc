import type { HeadSpec } from '@rheobase/models';
import type { Detection } from '../detection.js';
import { edgesOf } from './complete-iou.js';
import { checkMaps } from './detection-head.js';
import { type ImportedHead, rowsOf } from './imported-head.js';

const strides = [8, 16, 32] as const;

/** Outputs read at each stride, and their columns. The five landmarks, `kps_…`, are not read. */
const parts = { cls: 1, obj: 1, bbox: 4 } as const;

/** YuNet's head: at each stride class and objectness as probabilities, and a box around a cell. A score is the geometric mean of both. */
export const yuNetHead: ImportedHead = {
  kind: 'yunet',
  summary: 'YuNet: faces at three strides; score √(class · objectness), centre by cells, size by its logarithm',
  source: 'ShiqiYu/libfacedetection; Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", 2023',
  classNames: ['face'],
  outputs: 'cls_8, obj_8, bbox_8 and the same for 16 and 32, one row a cell',
  specOf: (outputs, [height = 0, width = 0]): HeadSpec | undefined => {
    const maps = strides.flatMap((stride) =>
      Object.entries(parts).map(([part, columns]) => ({ output: `${part}_${stride}`, stride, anchors: [], columns })),
    );
    const fits = maps.every(({ output, stride, columns }) => {
      const [rows, own] = rowsOf(outputs.get(output)) ?? [];
      return rows === (height / stride) * (width / stride) && own === columns;
    });
    return fits
      ? { kind: 'yunet', classes: 1, maps: maps.map(({ output, stride, anchors }) => ({ output, stride, anchors })) }
      : undefined;
  },
  channels: (_, { output }) => (output.startsWith('bbox') ? parts.bbox : parts.cls),
  decode: (maps, spec, leastScore, { width }) => {
    checkMaps(yuNetHead, spec, maps);
    const found: Detection[] = [];
    for (let k = 0; k < maps.length; k += 3) {
      const [classes, objectness, boxes] = maps.slice(k, k + 3);
      const stride = spec.maps[k]?.stride ?? 1;
      if (classes === undefined || objectness === undefined || boxes === undefined) break;
      for (let cell = 0; cell < classes.height * classes.width; cell += 1) {
        const probability = (values: Float32Array): number => Math.min(Math.max(values[cell] ?? 0, 0), 1);
        const score = Math.sqrt(probability(classes.data) * probability(objectness.data));
        if (score < leastScore) continue;
        const [x = 0, y = 0, w = 0, h = 0] = boxes.data.subarray(4 * cell, 4 * cell + 4);
        const columns = width / stride;
        const box = edgesOf({
          x: ((cell % columns) + x) * stride,
          y: (Math.floor(cell / columns) + y) * stride,
          width: Math.exp(w) * stride,
          height: Math.exp(h) * stride,
        });
        found.push({ box, label: 0, score });
      }
    }
    return found;
  },
};
