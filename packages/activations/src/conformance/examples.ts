import type { Numbers } from '@rheobase/network/conformance';
import { exampleValue, exampleValues, mapRecord, parametersIn } from '@rheobase/network/conformance';
import type { Tensor } from '@tensorflow/tfjs-core';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Activation } from '../activation.js';

export type Tensors = Readonly<Record<string, Tensor>>;

export function drawer(seed: number): () => number {
  const random = xoroshiro128plus(seed);
  return () => uniformFloat64(random);
}

/** The size of the numbers an activation deals in, from its parameters and the places of its edges. */
export function scaleOf(activation: Activation, values: Numbers): number {
  return Math.max(
    1,
    ...Object.values(parametersIn(activation, values)).map(Math.abs),
    ...(activation.edges?.(values) ?? []).map(Math.abs),
  );
}

/** Zeros, small, ordinary and large numbers of both signs, and neighbours of every edge. */
export function examplePoints(activation: Activation, values: Numbers, draw: () => number): readonly number[] {
  const scale = scaleOf(activation, values);
  const edges = activation.edges?.(values) ?? [];
  const spread = Array.from({ length: 200 }, () => (draw() * 3 - 1.5) * scale);
  const special = [0, -0, 1e-30, -1e-30, 1e-3, -1e-3, scale, -scale, 1e4 * scale, -1e4 * scale];
  return [...spread, ...special, ...edges, ...edges.flatMap((edge) => [edge * 0.999, edge * 1.001])].map(Math.fround);
}

export function nearEdge(activation: Activation, z: number, values: Numbers): boolean {
  const margin = 1e-3 * scaleOf(activation, values);
  return (activation.edges?.(values) ?? []).some((edge) => Math.abs(z - edge) < margin);
}

export const shapes = {
  scalar: [],
  'per channel': [3],
  'per neuron': [2, 5, 3],
} as const satisfies Record<string, readonly number[]>;
export const batch = [4, 2, 5, 3] as const;

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/** Tensors for the parameters of one shape, drawn element by element, and the values at each of the batch's elements. */
export function broadcastCase(activation: Activation, shape: readonly number[], draw: () => number) {
  const values = exampleValues(activation, draw);
  const elements = mapRecord(activation.parameters, (definition) =>
    Array.from({ length: sizeOf(shape) }, () => exampleValue(definition, draw())),
  );
  const at = (index: number): Numbers => ({
    ...values,
    ...mapRecord(elements, (list) => list[index % list.length] ?? Number.NaN),
  });
  return { values, at, elements, draw };
}
