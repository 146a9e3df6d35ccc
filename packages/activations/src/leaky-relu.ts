import type { AttributeDefinition } from '@rheobase/network';
import { attributeValues } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';
import { mul, leakyRelu as rectify, step } from '@tensorflow/tfjs-core';
import type { Activation } from './activation.js';
import { customGradient } from './custom-gradient.js';

/** The slope has no initial value: frameworks disagree (0.01, 0.1, 0.3), and a neuron must be given the same one. */
export const leakySlope = {
  minimum: 0,
  maximum: 1,
  nonzero: true,
  summary: 'α, the derivative below zero',
} as const satisfies AttributeDefinition;

const attributes = { slope: leakySlope };

/** LeakyReLU in float64. */
export function leakyReference(z: number, slope: number): number {
  return z > 0 ? z : slope * z;
}

/** LeakyReLU on tensors; its derivative at 0 is the slope. */
export function leaky(z: Tensor, slope: number): Tensor {
  return customGradient(
    [z],
    () => ({ value: rectify(z, slope), saved: [z] }),
    (dy, [input]) => [mul(dy, step(input, slope))],
  );
}

/** y = z above zero, α·z below. */
export const leakyRelu: Activation = {
  kind: 'leaky-relu',
  summary: 'z above zero, slope·z below',
  parameters: {},
  attributes,
  reference: (z, values) => leakyReference(z, attributeValues(attributes, values).slope),
  edges: () => [0],
  evaluate: (z, _parameters, given) => leaky(z, attributeValues(attributes, given).slope),
};
