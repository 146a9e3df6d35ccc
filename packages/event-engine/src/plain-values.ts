import type { Conv2dNode, NodeOf, Parameter, PlainNode, Shape } from '@rheobase/network';
import {
  attributesOf,
  broadcast,
  elementFunctions,
  forEachRun,
  mapsOf,
  operationOf,
  pairFunctions,
  sizeOf,
} from '@rheobase/network';
import { refusal } from './refusal.js';

/** The value of a node from those of its inputs, row-major without padding, in double precision. */
export type PlainComputation = (inputs: readonly Float64Array[]) => Float64Array;

/** A plain node with what is known of it before it is computed. */
export interface PlannedNode {
  readonly node: PlainNode;
  readonly inputs: readonly Shape[];
  readonly shape: Shape;
  /** Its parameters by name. */
  readonly parameters: ReadonlyMap<string, Parameter>;
}

const none = new Float64Array(0);

/**
 * How a plain node is computed, by plain loops: for the nodes of an analog head, which are not on spikes and run once per step.
 *
 * @throws {NetworkError} if there is no rule for the node.
 */
export function plainComputation(planned: PlannedNode): PlainComputation {
  const { node, shape, parameters } = planned;
  const parameter = (name: string): Parameter => {
    const found = parameters.get(name);
    if (found === undefined) throw refusal(node.name, `it has no parameter '${name}'`);
    return found;
  };
  const channels = shape.at(-1) ?? 1;
  switch (node.op) {
    case 'conv2d':
      return convolution(planned, node, parameter(node.weight), biasOf(node, parameters));
    case 'dense':
      return product(parameter(node.weight).data, biasOf(node, parameters), channels);
    case 'batchNorm': {
      const [scale, offset, mean, variance] = [node.scale, node.offset, node.mean, node.variance].map(
        (name) => parameter(name).data,
      );
      return ([x = none]) =>
        x.map((value, i) => {
          const c = i % channels;
          const deviation = Math.sqrt((variance?.[c] ?? 1) + node.epsilon);
          return (scale?.[c] ?? 1) * ((value - (mean?.[c] ?? 0)) / deviation) + (offset?.[c] ?? 0);
        });
    }
    case 'scale': {
      const factor = broadcast(parameter(node.factor), shape);
      return ([x = none]) => x.map((value, i) => value * (factor[i] ?? 1));
    }
    case 'quantize': {
      const step = broadcast(parameter(node.step), shape);
      return ([x = none]) =>
        x.map((value, i) => Math.min(Math.max(Math.floor(value / (step[i] ?? 1) + 0.5), -node.limit), node.limit));
    }
    case 'maxPool':
      return alongRuns(planned, -Infinity, (greatest, x) => Math.max(greatest, x));
    case 'function': {
      const { apply } = elementFunctions[node.function];
      const attributes = attributesOf(node.function, node.attributes);
      return ([x = none]) => x.map((value) => apply(value, attributes));
    }
    case 'combine': {
      const apply = pairFunctions[node.function];
      return ([a = none, b = none]) => a.map((value, i) => apply(value, b[i] ?? 0));
    }
    case 'softmax':
      return ([x = none]) => softmax(node, x, channels);
    case 'argMax': {
      const width = planned.inputs[0]?.at(-1) ?? 1;
      return ([x = none]) =>
        new Float64Array(x.length / width).map((_, row) => {
          const values = x.subarray(row * width, (row + 1) * width);
          return values.indexOf(values.reduce((a, b) => Math.max(a, b)));
        });
    }
    case 'output':
      return ([x = none]) => x;
    default:
      if (operationOf(node).linear !== true) throw refusal(node.name, `no rule for '${node.op}' in an analog head`);
      return alongRuns(planned, 0, (sum, x, factor) => sum + factor * x);
  }
}

const biasOf = (
  { bias }: { readonly bias?: string },
  parameters: ReadonlyMap<string, Parameter>,
): ArrayLike<number> | undefined => (bias === undefined ? undefined : parameters.get(bias)?.data);

/** Combines all elements that each element of a value is computed from. */
function alongRuns(
  { node, inputs, shape, parameters }: PlannedNode,
  start: number,
  combine: (before: number, x: number, factor: number) => number,
): PlainComputation {
  const runs: (readonly [slot: number, to: number, from: number, length: number, factor: number])[] = [];
  forEachRun(mapsOf(node, inputs, shape, parameters), inputs, shape, (...run) => void runs.push(run));
  return (values) => {
    const result = new Float64Array(sizeOf(shape)).fill(start);
    for (const [slot, to, from, length, factor] of runs) {
      const source = values[slot] ?? none;
      for (let i = 0; i < length; i++) result[to + i] = combine(result[to + i] ?? 0, source[from + i] ?? 0, factor);
    }
    return result;
  };
}

function product(weight: ArrayLike<number>, bias: ArrayLike<number> | undefined, outputs: number): PlainComputation {
  return ([x = none]) => {
    const result = new Float64Array(outputs).map((_, to) => bias?.[to] ?? 0);
    x.forEach((value, from) => {
      for (let to = 0; to < outputs; to++) {
        result[to] = (result[to] ?? 0) + value * (weight[from * outputs + to] ?? 0);
      }
    });
    return result;
  };
}

function convolution(
  { inputs: [from = []], shape }: PlannedNode,
  { stride, padding, dilation, groups }: Conv2dNode,
  weight: Parameter,
  bias: ArrayLike<number> | undefined,
): PlainComputation {
  const [height = 1, width = 1, channels = 1] = from;
  const [kernelRows = 1, kernelColumns = 1, perGroup = 1, filters = 1] = weight.shape;
  const filtersPerGroup = filters / groups;
  return ([x = none]) => {
    const result = new Float64Array(sizeOf(shape)).map((_, i) => bias?.[i % filters] ?? 0);
    /** Adds what a pixel gives to another by one place of the kernel. */
    const addPixel = (to: number, source: number, place: number): void => {
      for (let filter = 0; filter < filters; filter++) {
        const first = source + Math.floor(filter / filtersPerGroup) * perGroup;
        let sum = 0;
        for (let c = 0; c < perGroup; c++) {
          sum += (x[first + c] ?? 0) * (weight.data[(place * perGroup + c) * filters + filter] ?? 0);
        }
        result[to + filter] = (result[to + filter] ?? 0) + sum;
      }
    };
    for (let to = 0; to < result.length; to += filters) {
      const pixel = to / filters;
      const [row, column] = [Math.floor(pixel / (shape[1] ?? 1)), pixel % (shape[1] ?? 1)];
      for (let place = 0; place < kernelRows * kernelColumns; place++) {
        const y = row * stride[0] + Math.floor(place / kernelColumns) * dilation[0] - padding.top;
        const z = column * stride[1] + (place % kernelColumns) * dilation[1] - padding.left;
        if (y >= 0 && y < height && z >= 0 && z < width) addPixel(to, (y * width + z) * channels, place);
      }
    }
    return result;
  };
}

/** Over the last axis; the greatest is subtracted first, so that no power overflows. */
function softmax({ log }: NodeOf<'softmax'>, x: Float64Array, channels: number): Float64Array {
  const result = new Float64Array(x.length);
  for (let first = 0; first < x.length; first += channels) {
    const row = x.subarray(first, first + channels);
    const greatest = row.reduce((a, b) => Math.max(a, b));
    const total = row.reduce((sum, value) => sum + Math.exp(value - greatest), 0);
    row.forEach((value, c) => {
      result[first + c] = log ? value - greatest - Math.log(total) : Math.exp(value - greatest) / total;
    });
  }
  return result;
}
