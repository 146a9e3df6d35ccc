import type { NeuronDefinition, NodeOf, Parameter, Registry, Shape, WeightedNode } from '@rheobase/network';
import {
  attributeValues,
  findDescribed,
  greatestPotential,
  integerLowerThreshold,
  integerShift,
  isWeighted,
  knownNeurons,
  ownValue,
  spread,
} from '@rheobase/network';
import type { NeuronField } from '@rheobase/spike-kernels';
import {
  currentsBytes,
  negativeRules,
  neuronFields,
  seesWholeSource,
  spikeLevels,
  wholeSource,
} from '@rheobase/spike-kernels';
import { analogValue, gainConstant, inFormat, newValue, padded, sumOf, zeroValue } from './analog-values.js';
import type { Compilation } from './compilation.js';
import { nodeAt, parameter, readOnce, shapeOf } from './compilation.js';
import type { ConstantKey } from './constant-key.js';
import type { GivenNeurons } from './currents.js';
import { structureOfCurrents, zerosFor } from './currents.js';
import type { Layout, NumberFormat } from './plan.js';
import type { BufferAddress, StructureAddress } from './plan-builder.js';
import { steps } from './plan-builder.js';
import { refusal } from './refusal.js';
import type { AnalogValue, SpikeValue } from './value.js';
import { gainPerChannel, layoutOf, sizeOfLayout } from './value.js';
import { addBias, biasConstant, callSpikeConvolution, fusesWithNeurons } from './weighted-layer.js';

/** A population in the plan. */
export interface Population {
  readonly value: SpikeValue;
  readonly structure: StructureAddress;
  readonly record?: AnalogValue;
  readonly bias?: StepBias;
  readonly potential?: BufferAddress;
  /** V(0): a constant's address, and its pitch in values per pixel. */
  readonly start: { readonly address: number; readonly pitch: number };
}

/** Where a step bias is to be written, in all steps and at all pixels, and its rows `[T, C]`. */
export interface StepBias {
  readonly value: AnalogValue;
  readonly rows: ArrayLike<number>;
}

/** The sources of a population's current. */
interface Sources {
  /** The one layer of spikes whose sums can stay in registers. */
  readonly layer?: { readonly node: WeightedNode; readonly input: SpikeValue };
  readonly constant: readonly AnalogValue[];
  readonly changing: readonly AnalogValue[];
  /** Spikes that are added directly. */
  readonly shortcut?: SpikeValue;
}

function together(compilation: Compilation, a: Sources, b: Sources): Sources {
  const [layer, spare] = a.layer === undefined ? [b.layer, undefined] : [a.layer, b.layer];
  const shortcut = a.shortcut ?? b.shortcut;
  const rest =
    spare === undefined ? [] : [inFormat(compilation, analogValue(compilation, spare.node.name), compilation.number)];
  return {
    constant: [...a.constant, ...b.constant],
    changing: [...a.changing, ...b.changing, ...rest],
    ...(layer !== undefined && { layer }),
    ...(shortcut !== undefined && { shortcut }),
  };
}

function sourcesOf(compilation: Compilation, name: string, layout: Layout, mayShortcut: boolean): Sources {
  const none: Sources = { constant: [], changing: [] };
  const node = nodeAt(compilation, name);
  if (readOnce(compilation, name)) {
    if (node.op === 'add') {
      return node.inputs.reduce<Sources>(
        (all, input) =>
          together(compilation, all, sourcesOf(compilation, input, layout, mayShortcut && all.shortcut === undefined)),
        none,
      );
    }
    if (isWeighted(node)) {
      const input = compilation.valueOf(node.inputs[0]);
      if (input.kind === 'spikes' && fusesWithNeurons(compilation, node, input))
        return { ...none, layer: { node, input } };
    }
  }
  const value = compilation.valueOf(name);
  if (value.kind === 'spikes' && mayShortcut && seesWholeSource(value) && !value.flat && gainPerChannel(value)) {
    const { rows, columns, pitch } = value.source;
    if (rows === layout.rows && columns === layout.columns && pitch === layout.pitch)
      return { ...none, shortcut: value };
  }
  const numbers = inFormat(compilation, analogValue(compilation, name), compilation.number);
  return numbers.changing ? { ...none, changing: [numbers] } : { ...none, constant: [numbers] };
}

/** Bias and constant currents. */
function baseOf(
  compilation: Compilation,
  sources: Sources,
  shape: Shape,
  layout: Layout,
): Pick<GivenNeurons, 'base' | 'basePitch'> {
  const bias = sources.layer === undefined ? undefined : biasConstant(compilation, sources.layer.node);
  const [first] = sources.constant;
  if (first === undefined) {
    return { base: bias ?? zerosFor(compilation, layout.pitch), basePitch: 0 };
  }
  const biased = sources.layer?.node.bias !== undefined;
  if (sources.constant.length === 1 && !biased) {
    return { base: padded(compilation, first).at, basePitch: layout.pitch };
  }
  const sum = sumOf(compilation, sources.constant, shape);
  if (bias !== undefined) addBias(compilation, bias, sum);
  return { base: sum.at, basePitch: layout.pitch };
}

/** A parameter of neurons, per channel or per neuron as given, with `filling` in the padding. */
function neuronConstant(
  compilation: Compilation,
  key: ConstantKey,
  given: Pick<Parameter, 'shape' | 'data'>,
  of: Shape,
  number: NumberFormat,
  filling: number,
  change: (value: number) => number = (value) => value,
): { readonly address: number; readonly pitch: number } {
  const { rows, columns, channels, pitch } = layoutOf(of);
  const { per, data } = spread(given, of);
  const pixels = per === 'element' ? rows * columns : 1;
  const address = compilation.builder.memory.constant(key, () => {
    const values = number === 'f32' ? new Float32Array(pixels * pitch) : new Int32Array(pixels * pitch);
    for (let pixel = 0; pixel < pixels; pixel++) {
      for (let channel = 0; channel < pitch; channel++) {
        values[pixel * pitch + channel] = channel < channels ? change(data[pixel * channels + channel] ?? 0) : filling;
      }
    }
    return values;
  });
  return { address, pitch: per === 'element' ? pitch : 0 };
}

/** Names of the neuron models that have a kernel. */
export function supportedNeurons(neurons: Registry<NeuronDefinition> = knownNeurons): readonly string[] {
  return neurons.names.filter((kind) => findDescribed(kind, neurons) !== undefined);
}

/** The model's constants as fields of the structure. */
function modelFields(compilation: Compilation, node: NodeOf<'neuron'>, shape: Shape) {
  const { number, neurons } = compilation;
  const { kind, parameters } = node.neuron;
  const neuron = findDescribed(kind, neurons);
  if (neuron === undefined) {
    throw refusal(
      node.name,
      `its neuron '${kind}' has a custom step, for which there is no kernel; ` +
        `it runs on tfjs. Neurons that have a kernel: ${supportedNeurons(neurons).join(', ')}`,
    );
  }
  const { reset, fires, leak, shift, negative, counts, powers, growth } = neuron.dynamics;
  const attributes = attributeValues(neuron.attributes, node.neuron.attributes);
  const part = (name: string): Parameter | undefined => {
    const key = ownValue(parameters, name);
    return key === undefined ? undefined : parameter(compilation, key);
  };
  const given = (name: string): Parameter => {
    const found = part(name);
    if (found === undefined) throw refusal(node.name, `its neuron has no ${name}`);
    return found;
  };
  const attribute = (name: string): number => {
    const found = ownValue(attributes, name);
    if (found === undefined) throw refusal(node.name, `its neuron has no ${name}`);
    return found;
  };
  const constant = (
    kind: ConstantKey[0],
    from: Pick<Parameter, 'shape' | 'data'>,
    format: NumberFormat,
    filling: number,
    change?: (x: number) => number,
  ) => neuronConstant(compilation, [kind, node.name], from, shape, format, filling, change);
  const never = number === 'f32' ? Infinity : greatestPotential + 1;
  const threshold = given('threshold');
  const theta = constant('threshold', threshold, number, never);
  const start = constant('start', part('initialPotential') ?? { shape: [], data: new Float32Array(1) }, number, 0);
  const thresholds = powers === undefined ? 0 : attribute(powers);
  const most = counts !== undefined ? attribute(counts) : thresholds === 0 ? 1 : 2 ** (thresholds - 1);
  const negatives = negative?.rule ?? 'none';
  const fields: Partial<Record<NeuronField, number>> = {
    hard: reset === 'hard' ? 1 : 0,
    above: fires === 'above' ? 1 : 0,
    most,
    powers: thresholds,
    negatives: negativeRules[negatives],
    threshold: theta.address,
    thresholdPitch: theta.pitch,
    start: start.address,
    startPitch: start.pitch,
  };
  if (negative?.rule === 'signed') {
    const slope = attribute(negative.slope);
    const lower = constant('lower threshold', threshold, number, never, (theta) =>
      number === 'f32' ? theta / slope : integerLowerThreshold(theta, slope),
    );
    Object.assign(fields, { lower: lower.address, lowerPitch: lower.pitch });
  }
  if (negative?.rule === 'compensating') {
    const tolerance = attribute(negative.tolerance);
    // −ε·θ in float32, or rounded up to an integer.
    const lower = constant('lower threshold', threshold, number, 0, (x) =>
      number === 'f32' ? -Math.fround(tolerance) * x : -Math.floor(tolerance * x),
    );
    Object.assign(fields, { lower: lower.address, lowerPitch: lower.pitch });
  }
  if (shift !== undefined) {
    const steps = attribute(shift);
    const added = constant('shift', threshold, number, 0, (theta) =>
      number === 'f32' ? theta / (2 * steps) : integerShift(theta, steps),
    );
    Object.assign(fields, { shift: added.address, shiftPitch: added.pitch });
  }
  if (leak !== undefined) {
    const left = constant('leak', given(leak), 'f32', 0);
    Object.assign(fields, { leak: left.address, leakPitch: left.pitch });
  }
  if (growth !== undefined) {
    const share = { shape: [], data: Float32Array.of(attribute(growth)) };
    const grown = constant('growth', share, 'f32', 1);
    Object.assign(fields, { leak: grown.address, leakPitch: grown.pitch });
  }
  return { negatives, levels: spikeLevels(most), start, fields };
}

/** The spike value per channel or neuron: θ or 1. */
function gainOf(compilation: Compilation, node: NodeOf<'neuron'>, shape: Shape): Float64Array {
  if (node.spikeValue === 'one') return new Float64Array(shape.at(-1) ?? 1).fill(1);
  const threshold = parameter(compilation, node.neuron.parameters['threshold'] ?? '');
  return spread(threshold, shape).data;
}

/** The step bias as a current that changes over time. It is the same for all images, so it is written once per run and then kept. */
function stepBiasOf(
  compilation: Compilation,
  { stepBias }: NodeOf<'neuron'>,
  shape: Shape,
  layout: Layout,
): StepBias | undefined {
  if (stepBias === undefined) return undefined;
  const value = newValue(compilation, shape, compilation.number, true, layout);
  compilation.builder.keep(value.at, true);
  return { value, rows: parameter(compilation, stepBias).data };
}

/** Simulates a population of neurons over all steps, fused with its weighted layer and all other currents where possible. */
export function compileNeurons(compilation: Compilation, node: NodeOf<'neuron'>): Population {
  const { builder, number, observed } = compilation;
  const shape = shapeOf(compilation, node.name);
  const layout = layoutOf(shape);
  const model = modelFields(compilation, node, shape);
  const sources = sourcesOf(compilation, node.inputs[0], layout, true);
  const base = baseOf(compilation, sources, shape, layout);
  const bias = stepBiasOf(compilation, node, shape, layout);
  const addends = bias === undefined ? sources.changing : [...sources.changing, bias.value];
  const [addend, ...more] = addends;
  const changing = addend !== undefined && more.length > 0 ? sumOf(compilation, addends, shape) : addend;
  const record = observed.currents.has(node.name) ? zeroValue(compilation, shape, number, true) : undefined;
  const keeps = compilation.resumed || observed.potentials.has(node.name);
  const bytes = 4 * sizeOfLayout(layout);
  // In float32 it is always written, to detect overflows; without a probe, it is only kept until the next call.
  const potential = keeps || number === 'f32' ? builder.buffer(bytes) : undefined;
  const { levels, negatives } = model;
  const spikes = builder.buffer(levels * bytes);
  const negative = negatives === 'none' ? undefined : builder.buffer(levels * bytes);
  // The signed sum of spikes, which the steps of compensating neurons depend on, or what correcting ones sent.
  const remembers = negatives === 'compensating' || negatives === 'correcting';
  const balance = remembers && compilation.resumed ? builder.buffer(bytes) : undefined;
  const { shortcut } = sources;
  const structure = structureOfCurrents(compilation, {
    channels: layout.pitch,
    ...base,
    ...(changing !== undefined && { addend: padded(compilation, changing).at }),
    ...(shortcut !== undefined && {
      shortcut: shortcut.spikes,
      negativeShortcut: shortcut.negative ?? 0,
      shortcutLevels: shortcut.levels,
      gain: gainConstant(compilation, shortcut, number).at,
    }),
    ...(record !== undefined && { record: record.at }),
    spikes,
    ...(negative !== undefined && { negativeSpikes: negative }),
    ...model.fields,
    ...(potential !== undefined && { potential }),
    ...(balance !== undefined && { balance }),
  });
  if (sources.layer === undefined) {
    const currents = builder.buffer(currentsBytes(builder.steps));
    builder.call(`${number}_integrate`, structure, layout.rows * layout.columns, steps, currents);
  } else {
    const format = number === 'f32' ? 'f32' : 'i8';
    callSpikeConvolution(compilation, sources.layer.node, sources.layer.input, format, structure);
  }
  if (keeps && potential !== undefined) builder.keep(potential, true);
  if (balance !== undefined) builder.carry(structure, neuronFields.indexOf('balanceStart'), balance);
  const value: SpikeValue = {
    kind: 'spikes',
    shape,
    source: layout,
    spikes,
    ...(negative !== undefined && { negative }),
    levels,
    window: wholeSource,
    grid: [layout.rows, layout.columns],
    flat: false,
    gain: gainOf(compilation, node, shape),
  };
  return {
    value,
    structure,
    start: model.start,
    ...(record !== undefined && { record }),
    ...(bias !== undefined && { bias }),
    ...(potential !== undefined && { potential }),
  };
}
