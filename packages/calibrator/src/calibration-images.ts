import type { ImageBatch, Network, NodeOf } from '@rheobase/network';
import { describeShape, sameShape, sizeOf } from '@rheobase/network';

/** How many there are. */
export function countOf({ shape }: ImageBatch): number {
  return shape[0] ?? 0;
}

/**
 * The network's one input.
 *
 * @throws if it has none or several: calibration feeds one.
 */
export function inputOf(network: Network, what: string): NodeOf<'input'> {
  const inputs = network.nodes.filter((node) => node.op === 'input');
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) {
    const names = inputs.map(({ name }) => `'${name}'`).join(', ') || 'none';
    throw new Error(`The ${what} network must have one input to be calibrated, but has ${names}.`);
  }
  return input;
}

/**
 * Refuses images that a network does not take.
 *
 * @param what which images these are, for messages: `calibration`, `heldOut`
 * @throws naming them, if there are none, their shape is not the input's, their data is of another length or not finite.
 */
export function assertImages(images: ImageBatch, { name, shape: wanted }: NodeOf<'input'>, what: string): void {
  const { shape, images: data } = images;
  const [count = 0, ...each] = shape;
  if (!sameShape(each, wanted)) {
    throw new Error(
      `The ${what} images are ${describeShape(shape)}, but the input '${name}' takes [N, ${wanted.join(', ')}].`,
    );
  }
  if (!Number.isSafeInteger(count) || count < 1) throw new Error(`There are no ${what} images; give at least one.`);
  if (data.length !== sizeOf(shape)) {
    throw new Error(`The ${what} images ${describeShape(shape)} hold ${sizeOf(shape)} numbers, not ${data.length}.`);
  }
  const at = data.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) {
    const image = Math.floor(at / sizeOf(each));
    throw new Error(`Image ${image} of the ${what} images holds ${data[at]}; every pixel must be finite.`);
  }
}

/** The chosen images one after another, in memory of their own. */
export function pick({ shape, images: data }: ImageBatch, chosen: ArrayLike<number>): Float32Array {
  const size = sizeOf(shape.slice(1));
  const picked = new Float32Array(chosen.length * size);
  for (let k = 0; k < chosen.length; k++) {
    const image = chosen[k] ?? 0;
    picked.set(data.subarray(image * size, (image + 1) * size), k * size);
  }
  return picked;
}
