import type {
  AddNode,
  Network,
  NetworkNode,
  NetworkProblem,
  NeuronNode,
  NeuronSpec,
  NodeOf,
  Parameter,
  Shape,
} from '@rheobase/network';
import {
  assertValid,
  compensationTolerance,
  float32Parameter,
  inferShapes,
  integerBounds,
  integerNeuronKinds,
  NetworkError,
  parameterOf,
  parametersUsedBy,
  sameShape,
  scalarParameter,
  shapeAt,
  sizeOf,
  unknownName,
} from '@rheobase/network';
import type { IntegerLayer, IntegerReport } from './integer-report.js';
import { rangeOf } from './integer-report.js';
import type { Sum, WeightedNode } from './integer-sums.js';
import { findSums, isWeighted } from './integer-sums.js';
import type { ChannelUnit } from './integer-units.js';
import { chooseUnit, greatestSum, roomForRounding, roomForSpan } from './integer-units.js';
import type { IntegerValue } from './integer-value.js';
import { byChannel, joinedChannels, movedChannels, roundHalfUp, spread, stretched } from './integer-value.js';
import type { FoldedWeights } from './integer-weights.js';
import { foldUnits, greatestWeight, quantizeWeights, reachOf } from './integer-weights.js';

export interface IntegerOptions {
  /** Inputs are held between −`inputMaximum` and `inputMaximum` and rounded to 2,047 levels. Default 4, beyond what usual normalizations give. */
  readonly inputMaximum?: number;
  /**
   * The share of a channel's greatest weight that the greatest whole number stands for; below 1, greater weights are clipped and the
   * others have finer levels. Above 0 and at most 1, the default.
   */
  readonly weightRange?: number;
  /**
   * What to add to the current of a neuron, or of an output, by its node's name: one number for each channel, in the units of the source
   * network. It goes into the bias of a layer behind it. `currentCorrection` makes it from recorded means.
   */
  readonly correction?: ReadonlyMap<string, Float64Array>;
}

export interface IntegerConversion {
  /** The integer network; docs/decisions/0011 says what it means. */
  readonly network: Network;
  readonly report: IntegerReport;
  /** By neuron: the real value of one unit of its current, θ and potential in each channel, `[C]`. */
  readonly currentUnits: ReadonlyMap<string, Float64Array>;
}

/** What an integer network states where the source leaves it to the model. */
const initialAttributes: Readonly<Record<string, NeuronSpec['attributes']>> = {
  burst: { maximum: 5 },
  'compensating-if': { tolerance: compensationTolerance },
};

/** Greatest magnitude of a quantized value: 11 bits with the sign. */
const quantizedLimit = 1023;

/** A value with more units is quantized before weights that it would leave fewer levels than this. */
const leastWeightLevels = 127;

/**
 * Rewrites a spiking network in whole numbers: int8 weights by output channel with the thresholds of the neurons they read folded in, θ,
 * V(0) and biases as int32 in the units of their current; the image is quantized once, and only the outputs are real numbers again.
 * Nodes keep their names, so that the same probes apply.
 *
 * Refused are batch norms and activations (fold and convert first), bilinear upsampling, neurons without a rule in whole
 * numbers, and a θ that differs between positions of a channel anywhere but before a flatten or an output.
 *
 * @throws {NetworkError} naming every node that cannot be rewritten, or if the network is not well-formed.
 * @throws if an option is out of range, or a correction names no neuron or output, or one with no layer to take it.
 */
export function toInteger(network: Network, options: IntegerOptions = {}): IntegerConversion {
  assertValid(network);
  assertOptions(network, options);
  const problems = refusals(network);
  if (problems.length > 0) throw new NetworkError(problems);
  return rewrite(network, options);
}

function assertOptions(network: Network, { inputMaximum = 4, weightRange = 1, correction }: IntegerOptions): void {
  if (!(Number.isFinite(inputMaximum) && inputMaximum > 0)) {
    throw new Error(`inputMaximum must be a finite number above 0, not ${inputMaximum}.`);
  }
  if (!(weightRange > 0 && weightRange <= 1)) {
    throw new Error(`weightRange must be a share above 0 and up to 1, not ${weightRange}.`);
  }
  const shapes = inferShapes(network);
  const targets = network.nodes.filter(({ op }) => op === 'neuron' || op === 'output').map(({ name }) => name);
  for (const [name, values] of correction ?? []) {
    if (!targets.includes(name)) {
      throw new Error(`A correction is given for '${name}'. ${unknownName('neuron or output', name, targets)}`);
    }
    const channels = shapeAt(shapes, name).at(-1);
    if (values.length !== channels || !values.every(Number.isFinite)) {
      throw new Error(`The correction of '${name}' must be ${channels} finite numbers, one for each channel.`);
    }
  }
}

function refusals(network: Network): readonly NetworkProblem[] {
  const reasonOf = (node: NetworkNode): string | undefined => {
    switch (node.op) {
      case 'batchNorm':
        return 'a batch norm; fold it into the layer before it first (foldBatchNorm)';
      case 'activation':
        return 'an analog activation; convert it to a neuron first (toSpiking)';
      case 'quantize':
      case 'scale':
        return 'it is of an integer network, or of one with its own quantization; only spiking networks in float32 can be rewritten';
      case 'upsample':
        return node.method === 'nearest' ? undefined : 'bilinear upsampling has no rule in whole numbers; use nearest';
      case 'avgPool':
        return node.divisor === 'none' ? 'it sums without dividing, as integer networks do' : undefined;
      case 'neuron':
        if (node.spikeValue !== undefined) return 'its spikes are worth one already';
        return integerNeuronKinds.some((kind) => kind === node.neuron.kind)
          ? undefined
          : `its neuron '${node.neuron.kind}' has no rule in whole numbers; those that have: ${integerNeuronKinds.join(', ')}`;
      default:
        return undefined;
    }
  };
  return network.nodes.flatMap((node) => {
    const reason = reasonOf(node);
    const typed = parametersUsedBy(node).find((name) => network.parameters.get(name)?.type !== 'float32');
    const message = reason ?? (typed === undefined ? undefined : `its parameter '${typed}' is no float32`);
    return message === undefined ? [] : [{ subject: node.name, message }];
  });
}

function rewrite(
  network: Network,
  { inputMaximum = 4, weightRange = 1, correction }: IntegerOptions,
): IntegerConversion {
  const shapes = inferShapes(network);
  const sums = findSums(network);
  const source = new Map(network.nodes.map((node) => [node.name, node]));
  const nodes: NetworkNode[] = [];
  const parameters = new Map<string, Parameter>();
  const taken = new Set(source.keys());
  const layers = new Map<string, Omit<IntegerLayer, 'sums' | 'bits'>>();
  const currentUnits = new Map<string, Float64Array>();
  const shifts = shiftsByLayer();

  const done = new Map<string, IntegerValue>();
  const prepared = new Map<string, IntegerValue>();
  const units = new Map<string, readonly ChannelUnit[]>();

  for (const node of network.nodes) valueOf(node.name);
  return finish();

  /** A name not yet taken. */
  function fresh(stem: string): string {
    let name = stem;
    for (let n = 2; taken.has(name); n += 1) name = `${stem}.${n}`;
    taken.add(name);
    return name;
  }

  function place(name: string, parameter: Parameter): string {
    let free = name;
    for (let n = 2; parameters.has(free); n += 1) free = `${name}.${n}`;
    parameters.set(free, parameter);
    return free;
  }

  /** Adds a node that multiplies by whole numbers, and gives its name. */
  function multiply(stem: string, input: string, shape: Shape, factors: Iterable<number>): string {
    const name = fresh(stem);
    const factor = place(`${name}.factor`, { role: 'scale', type: 'int32', shape, data: Int32Array.from(factors) });
    nodes.push({ op: 'scale', name, inputs: [input], factor });
    return name;
  }

  function nodeNamed(name: string): NetworkNode {
    const node = source.get(name);
    if (node === undefined) throw new NetworkError([{ subject: name, message: 'it is no node of the network' }]);
    return node;
  }

  function valueOf(name: string): IntegerValue {
    const known = done.get(name);
    if (known !== undefined) return known;
    const value = compute(nodeNamed(name));
    done.set(name, value);
    return value;
  }

  /** The value of a node whose unit is one for each channel. */
  function uniform(name: string, reader: NetworkNode): IntegerValue {
    const value = valueOf(name);
    if (value.unitByElement === undefined) return value;
    throw new NetworkError([
      {
        subject: reader.name,
        message:
          `(${reader.op}) it reads '${name}', whose θ differs between positions of a channel, which weights shared by all positions ` +
          'cannot take in; give the neuron one θ, or one for each channel',
      },
    ]);
  }

  function compute(node: NetworkNode): IntegerValue {
    switch (node.op) {
      case 'input':
        return inputValue(node);
      case 'conv2d':
      case 'dense':
        return layerValue(node);
      case 'add':
        return sumValue(node);
      case 'neuron':
        return neuronValue(node);
      case 'avgPool':
        return pooled(node);
      case 'globalAvgPool':
        return globallyPooled(node);
      case 'flatten':
      case 'reshape':
        return rearranged(node);
      case 'output':
        return outputValue(node);
      case 'concat': {
        const values = node.inputs.map((name) => uniform(name, node));
        nodes.push({ ...node, inputs: values.map((value) => value.node) });
        return joinedChannels(values, node.name);
      }
      case 'split':
      case 'channelShuffle':
      case 'pad':
      case 'subsample':
      case 'upsample':
      case 'maxPool': {
        const value = uniform(node.inputs[0], node);
        nodes.push({ ...node, inputs: [value.node] });
        return movedBy(node, value);
      }
      case 'batchNorm':
      case 'activation':
      case 'quantize':
      case 'scale':
        throw new NetworkError([
          { subject: node.name, message: `(${node.op}) it cannot be rewritten in whole numbers` },
        ]);
    }
  }

  function inputValue(node: NodeOf<'input'>): IntegerValue {
    nodes.push(node);
    const name = fresh(`${node.name}.quantize`);
    const step = scalarParameter('scale', inputMaximum / quantizedLimit);
    nodes.push({ op: 'quantize', name, inputs: [node.name], step: place(`${name}.step`, step), limit: quantizedLimit });
    const channels = node.shape.at(-1) ?? 1;
    return {
      node: name,
      unit: new Float64Array(channels).fill(step.data[0] ?? Number.NaN),
      magnitude: new Float64Array(channels).fill(quantizedLimit),
      grain: 'analog',
    };
  }

  /** A layer's corrections, by the layer that takes them. */
  function shiftsByLayer(): ReadonlyMap<string, Float64Array> {
    const shifted = new Map<string, Float64Array>();
    for (const [target, values] of correction ?? []) {
      const [input] = nodeNamed(target).inputs;
      const behind = input === undefined ? undefined : source.get(input);
      const layer = isWeighted(behind) || behind?.op === 'add' ? sums.of(behind).layers[0] : undefined;
      if (layer === undefined) {
        throw new Error(`The correction of '${target}' has no place: no layer with a bias is behind its current.`);
      }
      shifted.set(layer.name, values);
    }
    return shifted;
  }

  /** What a layer reads: as it is, or quantized once more where its span would leave the weights too few levels. */
  function layerInput(node: WeightedNode): IntegerValue {
    const known = prepared.get(node.name);
    if (known !== undefined) return known;
    const value = uniform(node.inputs[0], node);
    const result = isTooFine(node, value) ? coarser(node, value) : value;
    prepared.set(node.name, result);
    return result;
  }

  function isTooFine(node: WeightedNode, value: IntegerValue): boolean {
    if (value.grain === 'spikes' || value.magnitude.every((most) => most <= quantizedLimit)) return false;
    const { greatest, span, rounding } = foldUnits(node, network, value);
    return greatest.some(
      (most, c) =>
        most > 0 && (most < (leastWeightLevels * (span[c] ?? 0)) / roomForSpan || (rounding[c] ?? 0) > roomForRounding),
    );
  }

  function coarser(node: WeightedNode, value: IntegerValue): IntegerValue {
    const name = fresh(`${node.name}.quantize`);
    const steps = Float32Array.from(value.magnitude, (most) => Math.max(1, most / quantizedLimit));
    const step = place(`${name}.step`, float32Parameter('scale', [steps.length], steps));
    nodes.push({ op: 'quantize', name, inputs: [value.node], step, limit: quantizedLimit });
    return {
      node: name,
      unit: value.unit.map((unit, c) => unit * (steps[c] ?? 1)),
      magnitude: value.magnitude.map((most) => Math.min(most, quantizedLimit)),
      grain: 'analog',
    };
  }

  function folded(node: WeightedNode): FoldedWeights {
    return foldUnits(node, network, layerInput(node), shifts.get(node.name));
  }

  function unitsOf(sum: Sum): readonly ChannelUnit[] {
    const known = units.get(sum.root);
    if (known !== undefined) return known;
    const parts = sum.layers.map((node) => ({ weights: folded(node), grain: layerInput(node).grain }));
    const others = sum.others.map((name) => uniform(name, nodeNamed(sum.root)));
    const readers = sum.neurons.map(demandsOf);
    const channels = shapeAt(shapes, sum.root).at(-1) ?? 1;
    const result = Array.from({ length: channels }, (_, c) => {
      const at = (values: Float64Array) => values[c] ?? 0;
      return chooseUnit({
        grain: parts.every((part) => part.grain === 'spikes') ? 'spikes' : 'analog',
        layers: parts.map(({ weights, grain }) => ({
          finest: (weightRange * at(weights.greatest)) / greatestWeight[grain],
          coarsest:
            grain === 'analog' && at(weights.greatest) > 0 ? at(weights.greatest) / leastWeightLevels : Infinity,
          rounding: at(weights.rounding),
        })),
        span:
          parts.reduce((total, { weights }) => total + at(weights.span), 0) +
          others.reduce((total, { unit, magnitude }) => total + at(unit) * at(magnitude), 0),
        others: others.map(({ unit }) => at(unit)).filter((unit) => unit > 0),
        thresholds: readers.map(({ threshold }) => at(threshold)),
        constants: Math.max(
          0,
          ...readers.map(({ initial }) => at(initial)),
          ...parts.map(({ weights }) => Math.abs(at(weights.bias))),
        ),
      });
    });
    units.set(sum.root, result);
    return result;
  }

  /** The least θ and the greatest |V(0)| of each channel of a neuron. */
  function demandsOf(node: NeuronNode): { readonly threshold: Float64Array; readonly initial: Float64Array } {
    const shape = shapeAt(shapes, node.name);
    const channels = shape.at(-1) ?? 1;
    const extremes = (part: string, start: number, choose: (a: number, b: number) => number): Float64Array => {
      const name = node.neuron.parameters[part];
      const result = new Float64Array(channels).fill(start);
      if (name === undefined) return result;
      const parameter = parameterOf(network, name);
      stretched(parameter.data, parameter.shape, shape).forEach((value, i) => {
        const c = i % channels;
        result[c] = choose(result[c] ?? start, value);
      });
      return result;
    };
    return {
      threshold: extremes('threshold', Infinity, Math.min),
      initial: extremes('initialPotential', 0, (most, value) => Math.max(most, Math.abs(value))),
    };
  }

  function layerValue(node: WeightedNode): IntegerValue {
    const sum = sums.of(node);
    const chosen = unitsOf(sum);
    const input = layerInput(node);
    const weights = folded(node);
    const factors = chosen.map(({ layerFactors }) => layerFactors[sum.layers.indexOf(node)] ?? 1);
    const own = Float64Array.from(chosen, ({ unit }, c) => unit * (factors[c] ?? 1));
    const quantized = quantizeWeights(weights, own, parameterOf(network, node.weight).shape, input.grain);
    const hasBias = node.bias !== undefined || shifts.has(node.name);
    const { bias: oldBias, ...rest } = node;
    const bias: Parameter = { role: 'bias', type: 'int32', shape: [weights.outputs], data: quantized.bias };
    nodes.push({
      ...rest,
      inputs: [input.node],
      weight: place(node.weight, quantized.weight),
      ...(hasBias && { bias: place(oldBias ?? `${node.name}.bias`, bias) }),
    });
    layers.set(node.name, {
      node: node.name,
      op: node.op,
      weights: quantized.weight.type === 'int8' ? 'int8' : 'int16',
      unit: rangeOf(own),
      clipped: quantized.clipped,
      vanished: quantized.vanished,
      relativeError: quantized.relativeError,
    });
    const name = factors.every((factor) => factor === 1)
      ? node.name
      : multiply(`${node.name}.scale`, node.name, [factors.length], factors);
    return {
      node: name,
      unit: Float64Array.from(chosen, ({ unit }) => unit),
      magnitude: reachOf(node, quantized, input.magnitude).map((most, c) => most * (factors[c] ?? 1)),
      grain: 'analog',
    };
  }

  /** A value brought to the units of a sum. */
  function inUnits(value: IntegerValue, chosen: readonly ChannelUnit[], stem: string): IntegerValue {
    const factors = chosen.map(({ unit }, c) => {
      const own = value.unit[c] ?? 0;
      return own === 0 ? 1 : roundHalfUp(own / unit);
    });
    const unit = Float64Array.from(chosen, (channel) => channel.unit);
    if (factors.every((factor) => factor === 1)) return { ...value, unit };
    return {
      node: multiply(stem, value.node, [factors.length], factors),
      unit,
      magnitude: value.magnitude.map((most, c) => most * (factors[c] ?? 1)),
      grain: 'analog',
    };
  }

  function sumValue(node: AddNode): IntegerValue {
    const sum = sums.of(node);
    const chosen = unitsOf(sum);
    const seen = new Map<string, IntegerValue>();
    const values = node.inputs.map((name) => {
      const known = seen.get(name);
      if (known !== undefined) return known;
      const value = sums.isOther(name) ? inUnits(uniform(name, node), chosen, `${node.name}.${name}`) : valueOf(name);
      seen.set(name, value);
      return value;
    });
    nodes.push({ ...node, inputs: values.map((value) => value.node) });
    return {
      node: node.name,
      unit: Float64Array.from(chosen, ({ unit }) => unit),
      magnitude: Float64Array.from(chosen, (_, c) =>
        values.reduce((total, { magnitude }) => total + (magnitude[c] ?? 0), 0),
      ),
      grain: values.every(({ grain }) => grain === 'spikes') ? 'spikes' : 'analog',
    };
  }

  /** The current of a neuron; what is no sum gets units of which θ has enough. */
  function currentOf(node: NeuronNode): IntegerValue {
    const [input] = node.inputs;
    const behind = nodeNamed(input);
    if (isWeighted(behind) || behind.op === 'add') return valueOf(input);
    const value = uniform(input, node);
    const { threshold, initial } = demandsOf(node);
    const chosen = Array.from(value.unit, (unit, c) =>
      chooseUnit({
        grain: value.grain,
        layers: [],
        span: unit * (value.magnitude[c] ?? 0),
        others: unit > 0 ? [unit] : [],
        thresholds: [threshold[c] ?? 1],
        constants: initial[c] ?? 0,
      }),
    );
    return inUnits(value, chosen, `${node.name}.scale`);
  }

  function neuronValue(node: NeuronNode): IntegerValue {
    const current = currentOf(node);
    const shape = shapeAt(shapes, node.name);
    const channels = shape.at(-1) ?? 1;
    const inWhole = (name: string, least: number): Parameter => {
      const { role } = parameterOf(network, name);
      const values = spread(network, name, shape);
      const data = 'channels' in values ? values.channels : values.elements;
      const whole = Int32Array.from(data, (value, i) =>
        Math.max(least, roundHalfUp(value / (current.unit[i % channels] ?? 1))),
      );
      return { role, type: 'int32', shape: 'channels' in values ? [channels] : shape, data: whole };
    };
    const parts = Object.entries(node.neuron.parameters).map(([part, name]) => {
      if (part === 'threshold') return [part, place(`${node.name}.threshold`, inWhole(name, 1))] as const;
      if (part === 'initialPotential') {
        return [part, place(`${node.name}.initialPotential`, inWhole(name, -Infinity))] as const;
      }
      return [part, place(`${node.name}.${part}`, parameterOf(network, name))] as const;
    });
    const { kind, attributes } = node.neuron;
    const stated = { ...initialAttributes[kind], ...attributes };
    nodes.push({
      ...node,
      inputs: [current.node],
      neuron: {
        kind,
        parameters: Object.fromEntries(parts),
        attributes: stated,
      },
      spikeValue: 'one',
    });
    currentUnits.set(node.name, current.unit);
    const name = node.neuron.parameters['threshold'];
    const theta = name === undefined ? { channels: new Float64Array(channels).fill(1) } : spread(network, name, shape);
    return {
      node: node.name,
      unit: 'channels' in theta ? theta.channels : new Float64Array(channels).fill(Number.NaN),
      ...('elements' in theta && { unitByElement: theta.elements }),
      magnitude: new Float64Array(channels).fill(stated['maximum'] ?? 1),
      grain: 'spikes',
    };
  }

  function pooled(node: NodeOf<'avgPool'>): IntegerValue {
    const value = uniform(node.inputs[0], node);
    const taps = node.size[0] * node.size[1];
    const padded = Object.values(node.padding).some((amount) => amount > 0);
    const byPosition = padded && node.divisor === 'inside';
    const name = byPosition ? fresh(`${node.name}.sum`) : node.name;
    nodes.push({ ...node, name, inputs: [value.node], divisor: 'none' });
    const sum = { ...value, node: name, magnitude: value.magnitude.map((most) => most * taps) };
    if (!byPosition) return { ...sum, unit: value.unit.map((unit) => unit / taps) };

    const counts = tapsInside(node, shapeAt(shapes, node.inputs[0]), shapeAt(shapes, node.name));
    const common = counts.reduce(leastCommonMultiple, 1);
    const [rows = 1, columns = 1] = shapeAt(shapes, node.name);
    const factor = place(`${node.name}.factor`, {
      role: 'scale',
      type: 'int32',
      shape: [rows, columns, 1],
      data: Int32Array.from(counts, (count) => common / count),
    });
    nodes.push({ op: 'scale', name: node.name, inputs: [name], factor });
    return {
      node: node.name,
      unit: value.unit.map((unit) => unit / common),
      // As `integerBounds` has it, which takes a corner's window to be full.
      magnitude: sum.magnitude.map((most) => (most * common) / Math.min(...counts)),
      grain: 'analog',
    };
  }

  function globallyPooled(node: NodeOf<'globalAvgPool'>): IntegerValue {
    const value = uniform(node.inputs[0], node);
    const [height = 1, width = 1, channels = 1] = shapeAt(shapes, node.inputs[0]);
    const name = fresh(`${node.name}.sum`);
    nodes.push({
      op: 'avgPool',
      name,
      inputs: [value.node],
      size: [height, width],
      stride: [1, 1],
      padding: { top: 0, bottom: 0, left: 0, right: 0 },
      divisor: 'none',
    });
    nodes.push({ op: 'reshape', name: node.name, inputs: [name], shape: [channels] });
    return {
      ...value,
      node: node.name,
      unit: value.unit.map((unit) => unit / (height * width)),
      magnitude: value.magnitude.map((most) => most * height * width),
    };
  }

  function rearranged(node: NodeOf<'flatten' | 'reshape'>): IntegerValue {
    const value = valueOf(node.inputs[0]);
    const [from, to] = [shapeAt(shapes, node.inputs[0]), shapeAt(shapes, node.name)];
    nodes.push({ ...node, inputs: [value.node] });
    if (sameShape(from, to)) return { ...value, node: node.name };
    const [before, after] = [value.unit.length, to.at(-1) ?? 1];
    const perElement = (values: Float64Array) => new Float64Array(sizeOf(from)).map((_, i) => values[i % before] ?? 0);
    const unitOf = value.unitByElement ?? perElement(value.unit);
    const unit = byChannel(unitOf, after);
    const magnitude = new Float64Array(after);
    perElement(value.magnitude).forEach((most, i) => {
      magnitude[i % after] = Math.max(magnitude[i % after] ?? 0, most);
    });
    const { grain } = value;
    return unit === undefined
      ? { node: node.name, unit: new Float64Array(after).fill(Number.NaN), unitByElement: unitOf, magnitude, grain }
      : { node: node.name, unit, magnitude, grain };
  }

  function outputValue(node: NodeOf<'output'>): IntegerValue {
    const value = valueOf(node.inputs[0]);
    const shape = value.unitByElement === undefined ? [value.unit.length] : shapeAt(shapes, node.name);
    const name = fresh(`${node.name}.scale`);
    const factors = float32Parameter('scale', shape, Float32Array.from(value.unitByElement ?? value.unit));
    nodes.push({ op: 'scale', name, inputs: [value.node], factor: place(`${name}.factor`, factors) });
    nodes.push({ ...node, inputs: [name] });
    return { ...value, node: node.name };
  }

  function finish(): IntegerConversion {
    const result = assertValid({ ...network, nodes, parameters });
    const bounds = integerBounds(result);
    const rangeAt = (name: string) => {
      const found = bounds.get(name);
      return found === undefined ? ([0, 0] as const) : ([rangeOf(found.least)[0], rangeOf(found.greatest)[1]] as const);
    };
    const beyond = result.nodes.filter((node) => {
      const isReal =
        node.op === 'input' ||
        node.op === 'output' ||
        result.nodes.some((reader) => reader.op === 'output' && reader.inputs[0] === node.name);
      return !isReal && Math.max(...rangeAt(node.name).map(Math.abs)) > greatestSum;
    });
    if (beyond.length > 0) {
      throw new NetworkError(
        beyond.map(({ name }) => ({
          subject: name,
          message: `its value can reach ${Math.max(...rangeAt(name).map(Math.abs))} units, and at most ${greatestSum} are exact`,
        })),
      );
    }
    const neurons = result.nodes.flatMap((node) => {
      if (node.op !== 'neuron') return [];
      const current = rangeAt(node.inputs[0]);
      const part = (name: string) => {
        const parameter = node.neuron.parameters[name];
        return parameter === undefined ? ([0, 0] as const) : rangeOf(parameterOf(result, parameter).data);
      };
      const most = Math.max(1, ...current.map(Math.abs));
      const start = Math.max(...part('initialPotential').map(Math.abs));
      return [
        { node: node.name, threshold: part('threshold'), current, mostSteps: Math.floor((2 ** 31 - 1 - start) / most) },
      ];
    });
    return {
      network: result,
      report: {
        layers: [...layers.values()].map((layer) => {
          const [least, greatest] = rangeAt(layer.node);
          return { ...layer, sums: [least, greatest], bits: least >= -32768 && greatest <= 32767 ? 16 : 32 };
        }),
        neurons,
      },
      currentUnits,
    };
  }

  function movedBy(
    node: NodeOf<'split' | 'channelShuffle' | 'pad' | 'subsample' | 'upsample' | 'maxPool'>,
    value: IntegerValue,
  ): IntegerValue {
    const channels = shapeAt(shapes, node.name).at(-1) ?? 1;
    switch (node.op) {
      case 'split': {
        const begin = node.sizes.slice(0, node.part).reduce((total, size) => total + size, 0);
        return movedChannels(value, node.name, channels, (c) => begin + c);
      }
      case 'channelShuffle': {
        const perGroup = channels / node.groups;
        return movedChannels(
          value,
          node.name,
          channels,
          (c) => (c % node.groups) * perGroup + Math.floor(c / node.groups),
        );
      }
      case 'pad': {
        const last = node.channels.before + value.unit.length;
        return movedChannels(value, node.name, channels, (c) =>
          c < node.channels.before || c >= last ? undefined : c - node.channels.before,
        );
      }
      default:
        return { ...value, node: node.name };
    }
  }
}

/** How many pixels of its window each output pixel of a pool has in the image, `[H, W]`. */
function tapsInside(node: NodeOf<'avgPool'>, from: Shape, to: Shape): readonly number[] {
  const along = (axis: 0 | 1, before: number): readonly number[] =>
    Array.from({ length: to[axis] ?? 1 }, (_, at) => {
      const start = at * node.stride[axis] - before;
      return Math.min(start + node.size[axis], from[axis] ?? 1) - Math.max(start, 0);
    });
  const columns = along(1, node.padding.left);
  return along(0, node.padding.top).flatMap((rows) => columns.map((each) => rows * each));
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return (a / x) * b;
}
