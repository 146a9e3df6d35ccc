import type { Numbers } from '@rheobase/network/conformance';
import { attributesIn, mapRecord, parametersIn } from '@rheobase/network/conformance';
import type { Tensor } from '@tensorflow/tfjs-core';
import { dispose, scalar, tensor } from '@tensorflow/tfjs-core';
import type { Activation } from '../activation.js';
import type { Tensors } from './examples.js';

export function numbersOf(value: Tensor): readonly number[] {
  return [...value.dataSync()];
}

/** Runs with scalar parameters on one vector of points. */
export function onPoints<Result>(
  activation: Activation,
  points: readonly number[],
  values: Numbers,
  use: (z: Tensor, parameters: Tensors, attributes: Numbers) => Result,
): Result {
  const z = tensor([...points], [1, points.length], 'float32');
  const parameters = mapRecord(parametersIn(activation, values), (value) => scalar(value, 'float32'));
  try {
    return use(z, parameters, attributesIn(activation, values));
  } finally {
    dispose([z, ...Object.values(parameters)]);
  }
}
