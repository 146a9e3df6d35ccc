import { boxArea, clipToImage, type ImageSize, type Placement, unplace } from '@rheobase/datasets';
import { type HeadSpec, headSpecOf } from '@rheobase/models';
import type { Network, Registry, Shape } from '@rheobase/network';
import { describeShape, inferShapes, NetworkError, shapeAt } from '@rheobase/network';
import type { Detection } from './detection.js';
import { knownHeads } from './heads/default-heads.js';
import { checkMaps, type DetectionHead } from './heads/detection-head.js';
import { emptyMap, type FeatureMap, type MapShape } from './heads/feature-map.js';
import { classWise, hardSuppression, type Suppression } from './suppression.js';

/** A detector's head, and the sizes of the maps that its network gives. */
export interface Detector {
  readonly head: DetectionHead;
  readonly spec: HeadSpec;
  /** By map, in the order of the spec's. */
  readonly shapes: readonly MapShape[];
  /** Height and width of the network's input. */
  readonly size: { readonly height: number; readonly width: number };
}

/** What becomes of a detector's boxes. */
export interface Reading {
  /** Boxes of a lower score are dropped; default: 0.001, as mean AP asks for. */
  readonly leastScore?: number;
  /** Default: non-maximum suppression at 0.45 within each class. */
  readonly suppression?: Suppression;
}

/**
 * What a network detects with, by the head in its metadata.
 *
 * @throws if it is not a detector, its head is unknown, or its outputs are not the head's maps.
 */
export function detectorOf(network: Network, heads: Registry<DetectionHead> = knownHeads): Detector {
  const spec = headSpecOf(network);
  const head = heads.get(spec.kind);
  const shapes = inferShapes(network);
  const maps = spec.maps.map(({ output }) => mapShape(output, asMap(shapeAt(shapes, output))));
  checkMaps(head, spec, maps.map(emptyMap));
  const input = network.nodes.find((node) => node.op === 'input');
  if (input === undefined) throw new NetworkError([{ subject: 'network', message: 'it has no input' }]);
  const [height, width] = mapShape(input.name, shapeAt(shapes, input.name));
  return { head, spec, shapes: maps, size: { height, width } };
}

/** Rows of values, `[rows, channels]`, as a map of one column. */
function asMap(shape: Shape): Shape {
  const [rows, channels] = shape;
  return shape.length === 2 && rows !== undefined && channels !== undefined ? [rows, 1, channels] : shape;
}

function mapShape(name: string, shape: Shape): MapShape {
  const [height, width, channels] = shape;
  if (shape.length !== 3 || height === undefined || width === undefined || channels === undefined) {
    throw new NetworkError([
      { subject: name, message: `in a detector it must be [H, W, C], but is ${describeShape(shape)}` },
    ]);
  }
  return [height, width, channels];
}

/** Number of values of all maps together. */
export function mapValues({ shapes }: Detector): number {
  return shapes.reduce((sum, [height, width, channels]) => sum + height * width * channels, 0);
}

/**
 * The maps of one image of a batch.
 *
 * @param outputs by output node, `[N, H, W, C]`
 * @param image position in the batch
 */
export function mapsOf(
  { spec, shapes }: Detector,
  outputs: ReadonlyMap<string, Float32Array>,
  image: number,
): readonly FeatureMap[] {
  return spec.maps.map(({ output }, k) => {
    const values = outputs.get(output);
    const [height, width, channels] = shapes[k] ?? [0, 0, 0];
    const size = height * width * channels;
    if (values === undefined || values.length < (image + 1) * size) {
      throw new Error(`The network gave no values of '${output}' for image ${image}.`);
    }
    return { height, width, channels, data: values.subarray(image * size, (image + 1) * size) };
  });
}

/** The maps of one image from all their values in a row, as a network with joined outputs gives them. */
export function splitMaps({ shapes }: Detector, values: Float32Array): readonly FeatureMap[] {
  let from = 0;
  return shapes.map(([height, width, channels]) => {
    const to = from + height * width * channels;
    const data = values.subarray(from, to);
    from = to;
    return { height, width, channels, data };
  });
}

const usual = classWise(hardSuppression(0.45));

/** An image in a network's input. */
export interface PlacedImage {
  /** Of the image itself. */
  readonly size: ImageSize;
  /** Where it lies in the network's input. */
  readonly placement: Placement;
}

/** What a detector finds in an image, by falling score, in pixels of the image and cut at its border. */
export function detections(
  { head, spec, size: input }: Detector,
  maps: readonly FeatureMap[],
  { size, placement }: PlacedImage,
  { leastScore = 0.001, suppression = usual }: Reading = {},
): readonly Detection[] {
  return suppression(head.decode(maps, spec, leastScore, input)).flatMap((detection) => {
    const box = clipToImage(unplace(detection.box, placement), size);
    return boxArea(box) > 0 ? [{ ...detection, box }] : [];
  });
}
