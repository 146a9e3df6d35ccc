import type { LabelledBox } from '@rheobase/datasets';
import type { HeadSpec } from '@rheobase/models';
import type { Detection } from '../detection.js';
import { coveredShare } from '../overlap.js';
import { type CentredBox, centred, completeIou, edgesOf } from './complete-iou.js';
import { checkMaps, type TrainableHead, type LossWeights } from './detection-head.js';
import { cellStart, emptyMap, type FeatureMap } from './feature-map.js';
import { binaryCrossEntropy, logit, sigmoid, softmaxOf } from './squashing.js';

/** Values of a cell before the classes: objectness, x, y, width, height. */
export const own = 5;

/** Exponents of objectness and class in a score. */
const [presence, certainty] = [0.6, 0.4];

/** A logit that leaves no doubt. */
const sure = 12;

const weights: LossWeights = { box: 8, present: 4, absent: 12, class: 1 };

function strideOf(spec: HeadSpec): number {
  return spec.maps[0]?.stride ?? 1;
}

interface PredictedBox extends CentredBox {
  /** Derivatives of x, y, width and height with respect to the values they are made of. */
  readonly slope: readonly [number, number, number, number];
}

function boxAt(features: FeatureMap, row: number, column: number, stride: number): PredictedBox {
  const start = cellStart(features, row, column);
  const value = (k: number): number => features.data[start + k] ?? 0;
  const [tx, ty] = [Math.tanh(value(1)), Math.tanh(value(2))];
  const [sw, sh] = [sigmoid(value(3)), sigmoid(value(4))];
  const [width, height] = [features.width * stride, features.height * stride];
  return {
    x: (tx + column) * stride,
    y: (ty + row) * stride,
    width: sw * width,
    height: sh * height,
    slope: [(1 - tx * tx) * stride, (1 - ty * ty) * stride, sw * (1 - sw) * width, sh * (1 - sh) * height],
  };
}

interface Target {
  readonly object: LabelledBox;
  readonly row: number;
  readonly column: number;
}

/** The cells around an object's centre, up to four: from each of them the centre is less than a cell away. */
function cellsFor(
  object: LabelledBox,
  { height, width }: Pick<FeatureMap, 'height' | 'width'>,
  stride: number,
): readonly Target[] {
  const { x, y } = centred(object.box);
  const [column, row] = [Math.floor(x / stride), Math.floor(y / stride)];
  return [
    { object, row, column },
    { object, row, column: column + 1 },
    { object, row: row + 1, column },
    { object, row: row + 1, column: column + 1 },
  ].filter((target) => target.row < height && target.column < width);
}

/** How objectness and the classes' probabilities are read from the values of a cell. */
interface CellReading {
  readonly objectness: (value: number) => number;
  /** Of the values from `start` on. */
  readonly classes: (data: Float32Array, start: number) => ArrayLike<number>;
}

/** The boxes of all cells whose score, objectness^0.6 · class^0.4, is at least `leastScore`. */
export function readCells(
  maps: readonly FeatureMap[],
  spec: HeadSpec,
  leastScore: number,
  { objectness, classes }: CellReading,
): readonly Detection[] {
  const found: Detection[] = [];
  for (const features of maps) {
    for (let row = 0; row < features.height; row += 1) {
      for (let column = 0; column < features.width; column += 1) {
        const start = cellStart(features, row, column);
        const present = objectness(features.data[start] ?? 0) ** presence;
        if (present < leastScore) continue;
        const shares = Array.from(classes(features.data, start + own));
        const share = Math.max(...shares);
        const score = present * share ** certainty;
        if (score < leastScore) continue;
        const box = edgesOf(boxAt(features, row, column, strideOf(spec)));
        found.push({ box, label: shares.indexOf(share), score });
      }
    }
  }
  return found;
}

/**
 * FastestDet's head: one map, no anchors. A cell says whether there is something (sigmoid), where its centre is (tanh, up to a cell away), how large it
 * is as a fraction of the image (sigmoid), and what (softmax). A score is objectness^0.6 · class^0.4.
 *
 * An object is learned by those of the up to four cells around its centre whose box fits no worse than their mean, so that the network
 * decides itself which cell is responsible for what. (The authors take the mean over all objects of a batch, with which an object may never be learned.)
 */
export const fastestDetHead: TrainableHead = {
  kind: 'fastestdet',
  summary: 'FastestDet: no anchors; centre by tanh, size by sigmoid, objectness, softmax over the classes',
  source: 'dog-qiuqiu/FastestDet; boxes learned by CIoU',
  weights,
  channels: (spec) => own + spec.classes,
  decode: (maps, spec, leastScore) => {
    checkMaps(fastestDetHead, spec, maps);
    return readCells(maps, spec, leastScore, {
      objectness: sigmoid,
      classes: (data, start) => softmaxOf(data, start, spec.classes),
    });
  },
  encode: (objects, spec, shapes) => {
    const maps = shapes.map(emptyMap);
    const [features] = maps;
    if (features === undefined) return maps;
    const stride = strideOf(spec);
    for (let start = 0; start < features.data.length; start += features.channels) features.data[start] = -sure;
    for (const object of objects) {
      if (object.crowd) continue;
      const { x, y, width, height } = centred(object.box);
      const free = cellsFor(object, features, stride).find(
        ({ row, column }) => features.data[cellStart(features, row, column)] === -sure,
      );
      if (free === undefined) continue;
      const start = cellStart(features, free.row, free.column);
      const offset = (cells: number): number => Math.atanh(Math.min(Math.max(cells, -1 + 1e-6), 1 - 1e-6));
      features.data.set(
        [
          sure,
          offset(x / stride - free.column),
          offset(y / stride - free.row),
          logit(width / (features.width * stride)),
          logit(height / (features.height * stride)),
        ],
        start,
      );
      features.data[start + own + object.label] = 2 * sure;
    }
    return maps;
  },
  loss: (maps, objects, spec, { box: boxWeight, present, absent, class: classWeight } = weights) => {
    checkMaps(fastestDetHead, spec, maps);
    const stride = strideOf(spec);
    const [features] = maps;
    const gradients = maps.map(({ data }) => new Float32Array(data.length));
    const [gradient] = gradients;
    if (features === undefined || gradient === undefined) throw new Error('A FastestDet head has one map.');
    const add = (at: number, slope: number): void => {
      gradient[at] = (gradient[at] ?? 0) + slope;
    };

    const targets = objects
      .filter(({ crowd }) => !crowd)
      .flatMap((object) => {
        const candidates = cellsFor(object, features, stride).map((target) => {
          const predicted = boxAt(features, target.row, target.column, stride);
          return { ...target, predicted, overlap: completeIou(predicted, centred(object.box)) };
        });
        const mean = candidates.reduce((sum, { overlap }) => sum + overlap.ciou, 0) / candidates.length;
        return candidates.filter(({ overlap }) => overlap.ciou >= mean);
      });

    let [box, classes, objectness] = [0, 0, 0];
    const scale = 1 / Math.max(1, targets.length);
    const chosen = new Set<number>();
    for (const { object, row, column, predicted, overlap } of targets) {
      const start = cellStart(features, row, column);
      chosen.add(start);
      box += boxWeight * scale * (1 - overlap.ciou);
      predicted.slope.forEach((slope, k) => add(start + 1 + k, -boxWeight * scale * slope * (overlap.slope[k] ?? 0)));
      const shares = softmaxOf(features.data, start + own, spec.classes);
      classes -= classWeight * scale * Math.log(Math.max(shares[object.label] ?? 0, 1e-300));
      shares.forEach((share, k) => add(start + own + k, classWeight * scale * (share - Number(k === object.label))));
    }

    const cells = features.height * features.width;
    for (let row = 0; row < features.height; row += 1) {
      for (let column = 0; column < features.width; column += 1) {
        const start = cellStart(features, row, column);
        const isThere = chosen.has(start);
        if (!isThere && isInCrowd(boxAt(features, row, column, stride), objects)) continue;
        // Cells with something in them count as much together as they would if they were all.
        const factor = isThere ? present / chosen.size : absent / cells;
        const entropy = binaryCrossEntropy(features.data[start] ?? 0, Number(isThere));
        objectness += factor * entropy.value;
        add(start, factor * entropy.slope);
      }
    }
    return { value: box + objectness + classes, parts: { box, objectness, class: classes }, gradients };
  },
};

function isInCrowd(predicted: CentredBox, objects: readonly LabelledBox[]): boolean {
  const box = edgesOf(predicted);
  return objects.some((object) => object.crowd && coveredShare(box, object.box) > 0.5);
}
