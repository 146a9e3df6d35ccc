import type { ImageBatch, Network, Parameter, ParameterRole, Shape } from '@rheobase/network';
import {
  evenPadding,
  float32Parameter,
  networkBuilder,
  randomStream,
  scalarParameter,
  sizeOf,
} from '@rheobase/network';
import type { CalibrationTask } from '../calibration.js';

const [steps, side] = [3, 4];

/** What no method may change in {@link exampleTask}: thresholds, and the weights of the shortcut. */
export const fixedParameters = ['a.threshold', 'b.threshold', 'c.threshold', 'around.weight', 'around.bias'] as const;

/** A network with a residual block whose shortcut is a convolution, quantized and converted, with a few images. */
export function exampleTask(): CalibrationTask {
  return {
    quantized: exampleNetwork('activation'),
    spiking: exampleNetwork('neuron'),
    steps,
    calibration: images(10, 1),
    heldOut: images(6, 2),
  };
}

function numbers(length: number, seed: number, scale: number): Float32Array {
  const random = randomStream(seed);
  return Float32Array.from({ length }, () => (random.next() / 2 ** 31) * scale);
}

function images(count: number, seed: number): ImageBatch {
  const shape = [count, side, side, 2];
  return { shape, images: numbers(sizeOf(shape), seed, 1) };
}

function exampleNetwork(op: 'activation' | 'neuron'): Network {
  const build = networkBuilder();
  let seed = 10;
  const drawn = (role: ParameterRole, shape: Shape, scale: number): Parameter =>
    float32Parameter(role, shape, numbers(sizeOf(shape), seed++, scale));
  const site = (name: string, input: string, theta: number): string => {
    const threshold = scalarParameter('threshold', theta);
    return op === 'neuron'
      ? build.neuron(name, input, {
          kind: 'if',
          parameters: { threshold, initialPotential: scalarParameter('initialPotential', theta / 2) },
        })
      : build.activation(name, input, { kind: 'quant-clip', parameters: { threshold }, attributes: { levels: steps } });
  };
  const convolution = (name: string, input: string, kernel: 1 | 3): string =>
    build.conv2d(name, input, {
      weight: drawn('weight', [kernel, kernel, input === 'image' ? 2 : 3, 3], kernel === 1 ? 1 : 0.5),
      bias: drawn('bias', [3], 0.2),
      padding: evenPadding(kernel === 1 ? 0 : 1),
    });

  const image = build.input('image', [side, side, 2]);
  const a = site('a', convolution('conv1', image, 3), 1);
  const b = site('b', convolution('conv2', a, 3), 0.8);
  const main = convolution('conv3', b, 3);
  const around = convolution('around', a, 1);
  const c = site('c', build.node({ op: 'add', name: 'added', inputs: [main, around] }), 1.2);
  const pooled = build.node({ op: 'globalAvgPool', name: 'pooled', inputs: [c] });
  const weight = drawn('weight', [3, 4], 1);
  build.output('scores', build.dense('head', pooled, { weight, bias: drawn('bias', [4], 0.2) }));
  return build.build();
}
