import type { NetworkBuilder, Parameter, ParameterRole, Shape } from '@rheobase/network';
import { float32Parameter, freeName, indicesParameter, noPadding, sizeOf } from '@rheobase/network';
import type { NirValueShape } from './nir-value.js';
import { isInNirOrder, networkShape, nirPlaces } from './nir-value.js';

/** Puts NIR's values into a network that is being built. */
export interface NetworkWriter {
  readonly build: NetworkBuilder;
  /** A name for one more node, from this one. */
  name(wanted: string): string;
  /** The value with its elements in NIR's order. */
  inNirOrder(value: NirValueShape): NirValueShape;
  /** factor·x + offset, element by element; either may be absent. */
  affine(name: string, value: NirValueShape, factor: Elements | undefined, offset: Elements | undefined): NirValueShape;
  /** A parameter of one number for each element of a value. */
  parameter(role: ParameterRole, value: NirValueShape, elements: Elements): Parameter;
}

/** One number for each element, in NIR's order, or one for all. */
export type Elements = readonly number[] | Float32Array | Float64Array;

/** The same for every element of a value in the network's order, or one for each channel, where that suffices. */
function compact(elements: Elements, value: NirValueShape): { readonly shape: Shape; readonly data: Float32Array } {
  const all = Float32Array.from(nirPlaces(value), (place) => elements[elements.length === 1 ? 0 : place] ?? Number.NaN);
  const shape = networkShape(value.shape);
  if (all.every((x) => x === all[0])) return { shape: [], data: all.slice(0, 1) };
  const channels = shape.at(-1) ?? 1;
  if (all.every((x, i) => x === all[i % channels])) return { shape: [channels], data: all.slice(0, channels) };
  return { shape, data: all };
}

/** @param fail refuses a node, by name */
export function networkWriter(build: NetworkBuilder, fail: (name: string, message: string) => never): NetworkWriter {
  const used = new Set<string>();
  const name = (wanted: string): string => {
    const free = freeName(wanted, used);
    used.add(free);
    return free;
  };
  const withNode = (value: NirValueShape, node: string): NirValueShape => ({ ...value, node });

  /** Depthwise, 1×1: what scales channels and adds to them. */
  const perChannel = (wanted: string, value: NirValueShape, factor: Elements, offset: Elements): NirValueShape => {
    const [weight, bias] = [compact(factor, value), compact(offset, value)];
    const channels = networkShape(value.shape).at(-1) ?? 1;
    const spread = ({ shape, data }: { readonly shape: Shape; readonly data: Float32Array }): Float32Array => {
      if (shape.length > 1) fail(wanted, 'what it adds differs from pixel to pixel, which the network has no node for');
      return Float32Array.from({ length: channels }, (_, c) => data[data.length === 1 ? 0 : c] ?? 0);
    };
    const vector = value.shape.length === 1;
    const reshaped = (node: string, shape: Shape): string =>
      build.node({ op: 'reshape', name: name(`${wanted}.shape`), inputs: [node], shape });
    const input = vector ? reshaped(value.node, [1, 1, channels]) : value.node;
    const node = build.conv2d(name(wanted), input, {
      weight: float32Parameter('weight', [1, 1, 1, channels], spread(weight)),
      bias: float32Parameter('bias', [channels], spread(bias)),
      padding: noPadding,
      groups: channels,
    });
    return withNode(value, vector ? reshaped(node, value.shape) : node);
  };

  return {
    build,
    name,
    inNirOrder(value) {
      if (value.image === undefined) return value;
      const { image: _, ...plain } = value;
      if (isInNirOrder(value)) return plain;
      const sources = new Int32Array(sizeOf(value.shape));
      nirPlaces(value).forEach((place, i) => (sources[place] = i));
      const own = name(`${value.node}.nir-order`);
      const indices = build.parameter(`${own}.indices`, indicesParameter(value.shape, sources));
      return { ...plain, node: build.node({ op: 'gather', name: own, inputs: [value.node], indices }) };
    },
    affine(wanted, value, factor = [1], offset = [0]) {
      if (offset.some((x) => x !== 0)) return perChannel(wanted, value, factor, offset);
      if (factor.every((x) => x === 1)) return value;
      const own = name(wanted);
      const { shape, data } = compact(factor, value);
      const scale = build.parameter(`${own}.factor`, float32Parameter('scale', shape, data));
      return withNode(value, build.node({ op: 'scale', name: own, inputs: [value.node], factor: scale }));
    },
    parameter(role, value, elements) {
      const { shape, data } = compact(elements, value);
      return float32Parameter(role, shape, data);
    },
  };
}
