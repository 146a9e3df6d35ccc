import type { LabelledBox } from '@rheobase/datasets';
import type { Anchor, HeadSpec } from '@rheobase/models';
import type { Detection } from '../detection.js';
import { coveredShare, iou } from '../overlap.js';
import { assignAnchors } from './anchor-assignment.js';
import { type CentredBox, centred, completeIou, edgesOf } from './complete-iou.js';
import { checkMaps, type TrainableHead, type LossWeights } from './detection-head.js';
import { cellStart, emptyMap, type FeatureMap } from './feature-map.js';
import { binaryCrossEntropy, logit, sigmoid, softmaxOf } from './squashing.js';

/** The differences between the heads of YOLOv2 and v3. */
interface YoloRule {
  /** Whether classes exclude each other, or are independent. */
  readonly classes: 'softmax' | 'sigmoid';
  /** What objectness learns where there is an object: 1, or how well the box fits by now. */
  readonly objectness: 'one' | 'overlap';
  /** A box that overlaps an object more than this does not count as wrong, even if another is responsible for it. */
  readonly tolerated: number;
}

/** Values in front of the classes: x, y, width, height, objectness. */
const own = 5;

/** Maximum ln of a box's size over its anchor's, so that a training step cannot overflow: 62 times the anchor. */
const mostGrowth = 4.135;

/** A box and the values that it is computed from. */
interface PredictedBox extends CentredBox {
  /** Derivatives of x, y, width and height with respect to the values they are made of. */
  readonly slope: readonly [number, number, number, number];
}

function boxAt(
  { data }: FeatureMap,
  start: number,
  { row, column, stride, anchor }: { row: number; column: number; stride: number; anchor: Anchor },
): PredictedBox {
  const [sx, sy] = [sigmoid(data[start] ?? 0), sigmoid(data[start + 1] ?? 0)];
  const [tw, th] = [data[start + 2] ?? 0, data[start + 3] ?? 0];
  const width = anchor[0] * Math.exp(Math.min(tw, mostGrowth));
  const height = anchor[1] * Math.exp(Math.min(th, mostGrowth));
  return {
    x: (sx + column) * stride,
    y: (sy + row) * stride,
    width,
    height,
    slope: [sx * (1 - sx) * stride, sy * (1 - sy) * stride, tw < mostGrowth ? width : 0, th < mostGrowth ? height : 0],
  };
}

/** Every box of every map, with the position of its values. */
function* places(
  maps: readonly FeatureMap[],
  spec: HeadSpec,
): Generator<{
  readonly map: number;
  readonly start: number;
  readonly features: FeatureMap;
  readonly box: PredictedBox;
}> {
  for (const [map, { stride, anchors }] of spec.maps.entries()) {
    const features = maps[map];
    if (features === undefined) continue;
    for (let row = 0; row < features.height; row += 1) {
      for (let column = 0; column < features.width; column += 1) {
        for (const [k, anchor] of anchors.entries()) {
          const start = cellStart(features, row, column) + k * (own + spec.classes);
          yield { map, start, features, box: boxAt(features, start, { row, column, stride, anchor }) };
        }
      }
    }
  }
}

function yoloHead(
  { classes: classRule, objectness, tolerated }: YoloRule,
  definition: Pick<TrainableHead, 'kind' | 'summary' | 'source' | 'weights'>,
): TrainableHead {
  const probabilities = (data: Float32Array, start: number, classes: number): Float64Array =>
    classRule === 'softmax'
      ? softmaxOf(data, start, classes)
      : Float64Array.from(data.subarray(start, start + classes), sigmoid);

  /** Adds the gradient of the classes' cross-entropy; returns its value. */
  const classLoss = (
    data: Float32Array,
    start: number,
    spec: HeadSpec,
    label: number,
    weight: number,
    gradient: Float32Array,
  ): number => {
    let value = 0;
    if (classRule === 'softmax') {
      const shares = softmaxOf(data, start, spec.classes);
      shares.forEach((share, k) => {
        gradient[start + k] = (gradient[start + k] ?? 0) + weight * (share - Number(k === label));
      });
      value = -Math.log(Math.max(shares[label] ?? 0, 1e-300));
    } else {
      for (let k = 0; k < spec.classes; k += 1) {
        const entropy = binaryCrossEntropy(data[start + k] ?? 0, Number(k === label));
        gradient[start + k] = (gradient[start + k] ?? 0) + weight * entropy.slope;
        value += entropy.value;
      }
    }
    return weight * value;
  };

  const head: TrainableHead = {
    ...definition,
    channels: (spec, { anchors }) => anchors.length * (own + spec.classes),
    decode: (maps, spec, leastScore) => {
      checkMaps(head, spec, maps);
      const found: Detection[] = [];
      for (const { features, start, box } of places(maps, spec)) {
        const present = sigmoid(features.data[start + 4] ?? 0);
        if (present < leastScore) continue;
        probabilities(features.data, start + own, spec.classes).forEach((share, label) => {
          const score = present * share;
          if (score >= leastScore) found.push({ box: edgesOf(box), label, score });
        });
      }
      return found;
    },
    encode: (objects, spec, shapes) => {
      const maps = shapes.map(emptyMap);
      for (const { start, features } of places(maps, spec)) features.data[start + 4] = -sure;
      for (const { object, map, row, column, anchor } of assignAnchors(objects, spec, shapes)) {
        const features = maps[map];
        const described = spec.maps[map];
        const size = described?.anchors[anchor];
        if (features === undefined || described === undefined || size === undefined) continue;
        const { x, y, width, height } = centred(object.box);
        const start = cellStart(features, row, column) + anchor * (own + spec.classes);
        features.data.set(
          [
            logit(x / described.stride - column),
            logit(y / described.stride - row),
            Math.log(width / size[0]),
            Math.log(height / size[1]),
            sure,
          ],
          start,
        );
        for (let k = 0; k < spec.classes; k += 1) features.data[start + own + k] = k === object.label ? sure : -sure;
      }
      return maps;
    },
    loss: (maps, objects, spec, weights = definition.weights) => {
      checkMaps(head, spec, maps);
      const assigned = assignAnchors(
        objects,
        spec,
        maps.map(({ height, width }) => [height, width]),
      );
      const gradients = maps.map(({ data }) => new Float32Array(data.length));
      const scale = 1 / Math.max(1, assigned.length);
      let [box, present, absent, classes] = [0, 0, 0, 0];
      const chosen = new Set<string>();
      for (const { object, map, row, column, anchor } of assigned) {
        const [features, gradient, described] = [maps[map], gradients[map], spec.maps[map]];
        const size = described?.anchors[anchor];
        if (features === undefined || gradient === undefined || described === undefined || size === undefined) continue;
        const start = cellStart(features, row, column) + anchor * (own + spec.classes);
        chosen.add(`${map} ${start}`);
        const predicted = boxAt(features, start, { row, column, stride: described.stride, anchor: size });
        const overlap = completeIou(predicted, centred(object.box));
        box += scale * weights.box * (1 - overlap.ciou);
        predicted.slope.forEach((slope, k) => {
          gradient[start + k] = (gradient[start + k] ?? 0) - scale * weights.box * slope * (overlap.slope[k] ?? 0);
        });
        const target = objectness === 'one' ? 1 : overlap.iou;
        const entropy = binaryCrossEntropy(features.data[start + 4] ?? 0, target);
        present += scale * weights.present * entropy.value;
        gradient[start + 4] = (gradient[start + 4] ?? 0) + scale * weights.present * entropy.slope;
        classes += classLoss(features.data, start + own, spec, object.label, scale * weights.class, gradient);
      }
      for (const { map, start, features, box: predicted } of places(maps, spec)) {
        if (chosen.has(`${map} ${start}`) || isTolerated(predicted, objects, tolerated)) continue;
        const entropy = binaryCrossEntropy(features.data[start + 4] ?? 0, 0);
        absent += scale * weights.absent * entropy.value;
        const gradient = gradients[map];
        if (gradient !== undefined)
          gradient[start + 4] = (gradient[start + 4] ?? 0) + scale * weights.absent * entropy.slope;
      }
      const objectnessLoss = present + absent;
      return {
        value: box + objectnessLoss + classes,
        parts: { box, objectness: objectnessLoss, class: classes },
        gradients,
      };
    },
  };
  return head;
}

/** A logit that leaves no doubt. */
const sure = 12;

function isTolerated(predicted: CentredBox, objects: readonly LabelledBox[], tolerated: number): boolean {
  const box = edgesOf(predicted);
  return objects.some((object) =>
    object.crowd ? coveredShare(box, object.box) > 0.5 : iou(box, object.box) > tolerated,
  );
}

const weights: LossWeights = { box: 5, present: 1, absent: 0.5, class: 1 };

/** The head of YOLOv2: classes exclude each other, objectness learns how well its box fits. */
export const yoloV2Head = yoloHead(
  { classes: 'softmax', objectness: 'overlap', tolerated: 0.6 },
  {
    kind: 'yolo-v2',
    summary: 'YOLOv2: anchors; x and y by sigmoid, size by exponential, objectness, softmax over the classes',
    source: 'Redmon and Farhadi, arXiv 1612.08242; boxes learned by CIoU',
    weights,
  },
);

/** The head of YOLOv3: independent classes, maps of several strides. */
export const yoloV3Head = yoloHead(
  { classes: 'sigmoid', objectness: 'one', tolerated: 0.5 },
  {
    kind: 'yolo-v3',
    summary: 'YOLOv3: anchors on maps of several strides; as YOLOv2, but a sigmoid for each class',
    source: 'Redmon and Farhadi, arXiv 1804.02767; boxes learned by CIoU',
    weights,
  },
);
