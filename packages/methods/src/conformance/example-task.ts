import type { LabelledBatch, Network, Parameter, ParameterRole, Shape } from '@rheobase/network';
import {
  evenPadding,
  float32Parameter,
  networkBuilder,
  randomStream,
  scalarParameter,
  sizeOf,
} from '@rheobase/network';
import type { ConversionTask, MethodNeeds } from '../conversion-method.js';

const side = 4;
const levels = 4;

/** A small residual network of the kind that a method starts from, with a few images. */
export function exampleTask(network: MethodNeeds['network'], steps: number): ConversionTask {
  return {
    network: exampleNetwork(network),
    steps,
    images: { calibration: exampleImages(12, 1), heldOut: exampleImages(6, 2) },
    seed: 5,
  };
}

/** Images for {@link exampleTask}. */
export function exampleImages(count: number, seed: number): LabelledBatch {
  const shape = [count, side, side, 2];
  return {
    shape,
    images: numbers(sizeOf(shape), seed, 1),
    labels: Int32Array.from({ length: count }, (_, i) => i % 3),
  };
}

function numbers(length: number, seed: number, scale: number): Float32Array {
  const random = randomStream(seed);
  return Float32Array.from({ length }, () => (random.next() / 2 ** 31) * scale);
}

function exampleNetwork(kind: MethodNeeds['network']): Network {
  const build = networkBuilder();
  let seed = 10;
  const drawn = (role: ParameterRole, shape: Shape, scale: number): Parameter =>
    float32Parameter(role, shape, numbers(sizeOf(shape), seed++, scale));
  const site = (name: string, input: string, theta: number): string =>
    build.activation(
      name,
      input,
      kind === 'source'
        ? { kind: 'relu' }
        : {
            kind: 'quant-clip',
            parameters: { threshold: scalarParameter('threshold', theta) },
            attributes: { levels },
          },
    );
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
  build.output(
    'scores',
    build.dense('head', pooled, { weight: drawn('weight', [3, 4], 1), bias: drawn('bias', [4], 0.2) }),
  );
  return build.build();
}
