import type { Shape } from './shape.js';
import { describeShape, sizeOf } from './shape.js';

/**
 * What a parameter is for. Optimizers (for weight decay) and rewrites select parameters by role.
 *
 * - `weight`: convolution `[kH, kW, Cin/groups, Cout]` or dense `[in, out]`
 * - `bias`: an offset, `[C]`; also the β of a batch norm
 * - `scale`: the γ of a batch norm, `[C]`; the factor of a scale node, the step of a quantize node
 * - `statistic`: running mean or variance of a batch norm, `[C]`; never trained by gradient
 * - `threshold`: θ, the clip value of an activation and the threshold of a neuron; scalar, `[C]` or one per neuron
 * - `initialPotential`: V(0) of a neuron; scalar, `[C]` or one per neuron `[H, W, C]`
 * - `indices`: the places that a gather takes its elements from, int32; a part of the network's form that nothing trains, scales or quantizes
 * - `dynamics`: any other constant of an activation or neuron (leak, slope, burst gain)
 */
export const parameterRoles = [
  'weight',
  'bias',
  'scale',
  'statistic',
  'threshold',
  'initialPotential',
  'indices',
  'dynamics',
] as const;
export type ParameterRole = (typeof parameterRoles)[number];

interface TypedData {
  readonly float32: Float32Array;
  readonly int8: Int8Array;
  readonly int16: Int16Array;
  readonly int32: Int32Array;
}
export type ParameterType = keyof TypedData;

/**
 * A named array of a network. Its name is its key in {@link Network.parameters}. `data` is row-major and read-only: networks share the parameters
 * that a rewrite did not change.
 */
export type Parameter = {
  readonly [Type in ParameterType]: {
    readonly role: ParameterRole;
    readonly type: Type;
    readonly shape: Shape;
    readonly data: TypedData[Type];
  };
}[ParameterType];

export type Float32Parameter = Extract<Parameter, { readonly type: 'float32' }>;

/**
 * A float32 parameter.
 *
 * @throws if `data` does not hold exactly as many elements as `shape` says.
 */
export function float32Parameter(
  role: ParameterRole,
  shape: Shape,
  data: Float32Array | readonly number[],
): Float32Parameter {
  if (data.length !== sizeOf(shape)) {
    throw new Error(
      `A ${role} of shape ${describeShape(shape)} holds ${sizeOf(shape)} elements, but ${data.length} were given.`,
    );
  }
  return { role, type: 'float32', shape, data: data instanceof Float32Array ? data : Float32Array.from(data) };
}

/**
 * The indices of a gather, of the shape of its value.
 *
 * @throws if `data` does not hold exactly as many elements as `shape` says.
 */
export function indicesParameter(
  shape: Shape,
  data: ArrayLike<number>,
): Extract<Parameter, { readonly type: 'int32' }> {
  if (data.length !== sizeOf(shape)) {
    throw new Error(
      `Indices of shape ${describeShape(shape)} hold ${sizeOf(shape)} elements, but ${data.length} were given.`,
    );
  }
  return { role: 'indices', type: 'int32', shape, data: Int32Array.from(data) };
}

/** A scalar float32 parameter, such as a layer's threshold. */
export function scalarParameter(role: ParameterRole, value: number): Float32Parameter {
  return float32Parameter(role, [], [value]);
}

/** A float32 parameter with every element `value`. */
export function constantParameter(role: ParameterRole, shape: Shape, value: number): Float32Parameter {
  return float32Parameter(role, shape, new Float32Array(sizeOf(shape)).fill(value));
}
