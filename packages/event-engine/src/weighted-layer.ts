import type { Padding, Pair, Parameter, WeightedNode } from '@rheobase/network';
import { greatestMagnitude } from '@rheobase/network';
import type {
  AnalogConvolutionShape,
  SlidingKernel,
  SpikeConvolutionShape,
  WeightAt,
  WeightFormat,
} from '@rheobase/spike-kernels';
import {
  analogConvolutionFields,
  analogConvolutionScratch,
  analogConvolutionShapeFields,
  layOut,
  packAnalogWeights,
  packSpikeTables,
  packSpikeWeights,
  spikeConvolutionFields,
  spikeConvolutionScratch,
  spikeConvolutionShapeFields,
  spikeTableBytes,
} from '@rheobase/spike-kernels';
import { newValue, padded } from './analog-values.js';
import type { Compilation } from './compilation.js';
import { parameter, shapeOf } from './compilation.js';
import type { ConstantKey } from './constant-key.js';
import { structureOfCurrents } from './currents.js';
import type { Operand, StructureAddress } from './plan-builder.js';
import { steps } from './plan-builder.js';
import { refusal } from './refusal.js';
import type { AnalogValue, SpikeValue } from './value.js';
import { gainPerChannel, layoutOf, sizeOfLayout } from './value.js';

/** A convolution or a dense layer as a kernel that slides over a grid; a dense layer's kernel is as large as its grid. */
interface Sliding {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly padding: Padding;
  readonly groups: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly output: Pair;
  /** Row-major `[kernel rows, kernel columns, inputs / groups, outputs]`. */
  readonly weight: Parameter;
}

const nowhere: Padding = { top: 0, bottom: 0, left: 0, right: 0 };

function slidingOf(compilation: Compilation, node: WeightedNode, grid: Pair, channels: number): Sliding {
  const weight = parameter(compilation, node.weight);
  const shape = shapeOf(compilation, node.name);
  const outputs = shape.at(-1) ?? 1;
  if (node.op === 'dense') {
    const only = { stride: [1, 1], dilation: [1, 1], padding: nowhere, groups: 1, output: [1, 1] } as const;
    return { ...only, kernel: grid, inputs: channels, outputs, weight };
  }
  const { stride, dilation, padding, groups } = node;
  const [height = 1, width = 1, perGroup = 1] = weight.shape;
  const output = [shape[0] ?? 1, shape[1] ?? 1] as const;
  return {
    kernel: [height, width],
    stride,
    dilation,
    padding,
    groups,
    inputs: perGroup * groups,
    outputs,
    output,
    weight,
  };
}

/** Adjacent groups that are computed together: their outputs start and end at block boundaries. */
interface Bundle {
  readonly inputs: { readonly first: number; readonly count: number };
  readonly outputs: { readonly first: number; readonly count: number };
}

const fewestOutputs = 16;

function bundlesOf({ groups, inputs, outputs }: Sliding): readonly Bundle[] {
  const [perInput, perOutput] = [inputs / groups, outputs / groups];
  let together = 1;
  while (together < groups && !(together * perOutput >= fewestOutputs && (together * perOutput) % 8 === 0))
    together += 1;
  return Array.from({ length: Math.ceil(groups / together) }, (_, i) => {
    const count = Math.min(together, groups - i * together);
    return {
      inputs: { first: i * together * perInput, count: count * perInput },
      outputs: { first: i * together * perOutput, count: count * perOutput },
    };
  });
}

/** The kernel for a bundle. */
function kernelOf(sliding: Sliding, { inputs: channels, outputs }: Bundle): SlidingKernel {
  const { kernel, stride, dilation, padding, output } = sliding;
  return { kernel, stride, dilation, top: padding.top, left: padding.left, output, channels, outputs };
}

/** The weight between an input and an output of a bundle; zero between groups. */
function weightIn({ weight, groups, inputs, outputs, kernel }: Sliding, bundle: Bundle) {
  const [perInput, perOutput] = [inputs / groups, outputs / groups];
  return (row: number, column: number, channel: number, output: number): number => {
    if (Math.floor(channel / perInput) !== Math.floor(output / perOutput)) return 0;
    const place = (row * kernel[1] + column) * perInput + (channel % perInput);
    return weight.data[place * outputs + bundle.outputs.first + output] ?? 0;
  };
}

/** The bias as a constant, one number per output channel, including padding. */
export function biasConstant(compilation: Compilation, node: WeightedNode): number {
  const { number, builder } = compilation;
  return builder.memory.constant(['bias', node.name, number], () => {
    const { pitch } = layoutOf(shapeOf(compilation, node.name));
    const bias = number === 'f32' ? new Float32Array(pitch) : new Int32Array(pitch);
    if (node.bias !== undefined) bias.set(parameter(compilation, node.bias).data);
    return bias;
  });
}

/** Adds a bias to a constant value, or to the first step of one that changes. */
export function addBias(compilation: Compilation, bias: number, to: AnalogValue): void {
  const { rows, columns, pitch } = to.layout;
  const runs = Array.from({ length: rows * columns }, (_, i) => ({ to: i * pitch, from: 0, length: pitch, factor: 1 }));
  const address = compilation.builder.memory.constant(['bias runs', rows * columns, pitch, to.number], () => {
    const words = new Int32Array(4 * runs.length);
    const factors = new Float32Array(words.buffer);
    runs.forEach((run, i) => {
      words.set([run.to, run.from, run.length, 1], 4 * i);
      if (to.number === 'f32') factors[4 * i + 3] = 1;
    });
    return words;
  });
  compilation.builder.call(`${to.number}_add_runs`, address, runs.length, to.at, bias, 0, 0, 1);
}

/** Integers up to this are exact in float32. */
const exact = 2 ** 24;

/**
 * Number format of the weights times gains in the kernels: in an integer network int8 if they fit, else integers in float32, which is exact as long
 * as their sums stay below 2²⁴.
 */
function spikeFormat(compilation: Compilation, node: WeightedNode, value: SpikeValue): WeightFormat {
  if (compilation.number === 'f32') return 'f32';
  const weight = parameter(compilation, node.weight);
  return greatestMagnitude(weight.data) * greatestMagnitude(value.gain) <= 127 ? 'i8' : 'f32';
}

/** Whether the spike kernels give a layer's currents in the format that its neurons need, so that both can be fused. */
export function fusesWithNeurons(compilation: Compilation, node: WeightedNode, value: SpikeValue): boolean {
  if (!gainFits(node, value)) return false;
  return compilation.number === 'f32' || spikeFormat(compilation, node, value) === 'i8';
}

/** A convolution's weights are the same at every position, so gains must be too; a dense layer has its own weights for each. */
function gainFits(node: WeightedNode, value: SpikeValue): boolean {
  return gainPerChannel(value) || node.op === 'dense';
}

/**
 * Sums the weights of arriving spikes.
 *
 * @param neurons the structure with the destination of the currents
 */
export function callSpikeConvolution(
  compilation: Compilation,
  node: WeightedNode,
  value: SpikeValue,
  format: WeightFormat,
  neurons: StructureAddress,
): void {
  const { builder } = compilation;
  const { source, grid, window, gain } = value;
  const sliding = slidingOf(compilation, node, grid, source.channels);
  const perChannel = gainPerChannel(value);
  for (const bundle of bundlesOf(sliding)) {
    const shape: SpikeConvolutionShape = {
      source: { ...source, signed: value.negative !== undefined, levels: value.levels },
      window,
      grid,
      ...kernelOf(sliding, bundle),
    };
    const scratch = scratchOf(node.name, shape, builder.steps);
    const plain = weightIn(sliding, bundle);
    const worth = (row: number, column: number, channel: number): number => {
      const from = bundle.inputs.first + channel;
      // Selected pixels have a gain each; summed pixels share one.
      const pixel = row * window.stride[0] * source.columns + column * window.stride[1];
      return gain[perChannel ? from : pixel * source.channels + from] ?? 0;
    };
    const weightAt = (row: number, column: number, channel: number, output: number): number => {
      const weight = plain(row, column, channel, output);
      // Rounded before tables add it up, so that a network whose weights include the gains gives the same spikes.
      return weight === 0 ? 0 : Math.fround(weight * worth(row, column, channel));
    };
    const details = [node.name, format, bundle.outputs.first] as const;
    const tables = tablesOf(compilation, ['spike tables', ...details], shape, format, weightAt);
    const weights =
      tables ?? builder.memory.constant(['spike weights', ...details], () => packSpikeWeights(shape, format, weightAt));
    const convolution = builder.structure(
      layOut<(typeof spikeConvolutionFields)[number], Operand>(spikeConvolutionFields, {
        ...spikeConvolutionShapeFields(shape),
        ...scratch.fields,
        spikes: value.spikes,
        negativeSpikes: value.negative ?? 0,
        steps,
        weights,
        tables: tables === undefined ? 0 : 1,
        masks: builder.buffer(scratch.masks),
        lists: builder.buffer(tables === undefined ? scratch.lists : 0),
        ends: builder.buffer(tables === undefined ? scratch.ends : 0),
        currents: builder.buffer(scratch.currents),
        bits: builder.memory.bits,
      }),
    );
    builder.call(`${format}_spike_convolution`, convolution, neurons);
  }
}

/** The address of a layer's tables of sums, if it uses them. */
function tablesOf(
  { builder }: Compilation,
  key: ConstantKey,
  shape: SpikeConvolutionShape,
  format: WeightFormat,
  weightAt: WeightAt,
): number | undefined {
  const bytes = spikeTableBytes(shape, format);
  if (bytes === undefined || bytes > builder.memory.tableBytes) return undefined;
  const address = builder.memory.constant(key, () => packSpikeTables(shape, format, weightAt) ?? new Int16Array(0));
  return address === builder.memory.nothing ? undefined : address;
}

function scratchOf(node: string, shape: SpikeConvolutionShape, mostSteps: number) {
  try {
    return spikeConvolutionScratch(shape, mostSteps);
  } catch (error) {
    throw refusal(node, error instanceof Error ? error.message : String(error));
  }
}

/** Currents of spikes as separate numbers, for any reader. */
export function spikeCurrents(
  compilation: Compilation,
  node: WeightedNode,
  value: SpikeValue,
): AnalogValue | undefined {
  if (!gainFits(node, value)) return undefined;
  const format = spikeFormat(compilation, node, value);
  const number = format === 'i8' ? 'i32' : 'f32';
  const shape = shapeOf(compilation, node.name);
  const currents = newValue(compilation, shape, number, true);
  const bias = number === compilation.number ? biasConstant(compilation, node) : floatBias(compilation, node);
  callSpikeConvolution(
    compilation,
    node,
    value,
    format,
    structureOfCurrents(compilation, {
      channels: currents.layout.pitch,
      base: bias,
      basePitch: 0,
      record: currents.at,
    }),
  );
  return currents;
}

function floatBias(compilation: Compilation, node: WeightedNode): number {
  return biasConstant({ ...compilation, number: 'f32' }, node);
}

/** A layer that reads numbers: the image, or values that are no longer spikes. */
export function analogLayer(compilation: Compilation, node: WeightedNode, given: AnalogValue): AnalogValue {
  const { builder } = compilation;
  const input =
    node.op === 'dense' && given.layout.rows * given.layout.columns > 1 ? padded(compilation, given) : given;
  const { layout } = input;
  const sliding = slidingOf(compilation, node, [layout.rows, layout.columns], layout.channels);
  const shape = shapeOf(compilation, node.name);
  const result = newValue(compilation, shape, 'f32', input.changing);
  // With differential coding the bias is added in step 1 alone.
  const once = input.changing && compilation.growth !== undefined && node.bias !== undefined;
  const bias = node.bias === undefined || once ? undefined : parameter(compilation, node.bias).data;
  for (const bundle of bundlesOf(sliding)) {
    const convolution: AnalogConvolutionShape = {
      input: layout,
      outputPitch: result.layout.pitch,
      ...kernelOf(sliding, bundle),
    };
    const weights = builder.memory.constant(['analog weights', node.name, bundle.outputs.first], () =>
      packAnalogWeights(convolution, weightIn(sliding, bundle), (output) => bias?.[bundle.outputs.first + output] ?? 0),
    );
    const structure = builder.structure(
      layOut<(typeof analogConvolutionFields)[number], Operand>(analogConvolutionFields, {
        ...analogConvolutionShapeFields(convolution),
        input: input.at,
        inputStep: input.changing ? sizeOfLayout(layout) : 0,
        output: result.at,
        outputStep: input.changing ? sizeOfLayout(result.layout) : 0,
        steps: input.changing ? steps : 1,
        weights,
        padded: builder.buffer(analogConvolutionScratch(convolution)),
      }),
    );
    builder.call('f32_convolution', structure);
  }
  if (once) addBias(compilation, floatBias(compilation, node), result);
  return result;
}

/** Checks the bound within which integers are exact in float32. */
export function assertExact(node: string, least: Float64Array, greatest: Float64Array): void {
  const most = Math.max(greatestMagnitude(greatest), greatestMagnitude(least));
  if (most > exact) {
    throw refusal(node, `its sums can reach ${most}, and above 2^24 float32 does not represent all integers`);
  }
}
