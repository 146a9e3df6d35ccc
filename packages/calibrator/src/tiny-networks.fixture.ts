import { toQuantClip, toSpiking } from '@rheobase/converter';
import type { ImageBatch, Network, Parameter, Shape } from '@rheobase/network';
import { evenPadding, networkBuilder, scalarParameter, sizeOf } from '@rheobase/network';
import { randomArray, randomParameter } from '@rheobase/testing';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { CalibrationTask } from './calibration.js';

/** Random images with pixels from −1 to 1. */
function randomImages(shape: Shape, seed: number): ImageBatch {
  return { shape, images: randomArray(xoroshiro128plus(seed), shape, -1, 1) };
}

/** The sites of {@link residualSource}, in network order. */
export const residualSites = ['first', 'inner', 'sum', 'hidden'] as const;

/**
 * A source network with all that a segment can meet: a convolution without bias, a residual block whose shortcut is a
 * convolution, pooling, a hidden dense layer, a read-out.
 */
export function residualSource(seed: number): Network {
  const random = xoroshiro128plus(seed);
  const build = networkBuilder();
  const weight = (shape: Shape): Parameter => {
    const bound = Math.sqrt((3 * (shape.at(-1) ?? 1)) / sizeOf(shape)) * 1.4;
    return randomParameter(random, 'weight', shape, -bound, bound);
  };
  const bias = (channels: number): Parameter => randomParameter(random, 'bias', [channels], -0.2, 0.2);
  const clip = (threshold: number) => ({
    kind: 'clip',
    parameters: { threshold: scalarParameter('threshold', threshold) },
  });
  const padding = evenPadding(1);

  const image = build.input('image', [6, 6, 2]);
  const first = build.activation(
    'first',
    build.conv2d('conv1', image, { weight: weight([3, 3, 2, 4]), padding }),
    clip(1.2),
  );
  const conv2 = build.conv2d('conv2', first, { weight: weight([3, 3, 4, 4]), bias: bias(4), padding });
  const inner = build.activation('inner', conv2, clip(1));
  const conv3 = build.conv2d('conv3', inner, { weight: weight([3, 3, 4, 5]), bias: bias(5), padding });
  const around = build.conv2d('around', first, { weight: weight([1, 1, 4, 5]), bias: bias(5) });
  const added = build.node({ op: 'add', name: 'added', inputs: [conv3, around] });
  const sum = build.activation('sum', added, clip(1.5));
  const pooled = build.node({
    op: 'avgPool',
    name: 'pooled',
    inputs: [sum],
    size: [2, 2],
    stride: [2, 2],
    padding: evenPadding(0),
    divisor: 'window',
  });
  const flat = build.node({ op: 'flatten', name: 'flat', inputs: [pooled] });
  const hidden = build.activation(
    'hidden',
    build.dense('dense1', flat, { weight: weight([45, 6]), bias: bias(6) }),
    clip(0.8),
  );
  build.output('scores', build.dense('dense2', hidden, { weight: weight([6, 3]), bias: bias(3) }));
  return build.build();
}

/** A source network, quantized and converted, with images. */
export function taskOf(source: Network, steps: number, { images = 12, heldOut = 6, seed = 1 } = {}): CalibrationTask {
  const quantized = toQuantClip(source, { levels: steps });
  const input = source.nodes.find((node) => node.op === 'input');
  if (input === undefined) throw new Error('The network has no input.');
  return {
    quantized,
    spiking: toSpiking(quantized),
    steps,
    calibration: randomImages([images, ...input.shape], seed),
    heldOut: randomImages([heldOut, ...input.shape], seed + 1),
  };
}
