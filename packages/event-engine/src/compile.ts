import type {
  Network,
  NetworkNode,
  NeuronDefinition,
  NodeOf,
  Registry,
  Shape,
  Spread,
  WeightedNode,
} from '@rheobase/network';
import {
  analogHead,
  assertValid,
  broadcast,
  checkModels,
  greatestMagnitude,
  greatestPotential,
  growthOf,
  inferShapes,
  integerBounds,
  integerProblems,
  isIntegerNetwork,
  isSpiking,
  isWeighted,
  mostPotentialSteps,
  NetworkError,
  operationOf,
  spread,
} from '@rheobase/network';
import type { NeuronField } from '@rheobase/spike-kernels';
import { neuronFields } from '@rheobase/spike-kernels';
import { analogValue, inFormat, movedAnalog, newValue, padded, sumOf } from './analog-values.js';
import type { Compilation, Observations } from './compilation.js';
import { nodeAt, parameter, shapeOf } from './compilation.js';
import type { EngineMemory } from './engine-memory.js';
import { headOf } from './head-over-time.js';
import { maxPooled } from './max-pooling.js';
import { movedSpikes } from './moved-spikes.js';
import type { Population } from './neuron-population.js';
import { compileNeurons } from './neuron-population.js';
import type { PlannedNeurons, PlannedValue, Plan } from './plan.js';
import type { Operand } from './plan-builder.js';
import { planBuilder, steps } from './plan-builder.js';
import { refusal } from './refusal.js';
import type { AnalogValue, Value } from './value.js';
import { gainPerChannel, layoutOf, sizeOfLayout } from './value.js';
import { analogLayer, assertExact, spikeCurrents } from './weighted-layer.js';

/** As many as a word of spikes has bits. */
const mostStepsAtOnce = 32;

/** A value that is read after a run, and when it is available. */
interface Reading {
  readonly value: AnalogValue;
  readonly completedAt: number;
  readonly factor?: Spread;
}

/**
 * Compiles a spiking network to a plan for up to `mostSteps` steps at a time: layers in order, fused with their neurons where one kernel can compute
 * both.
 *
 * @param mostSteps from 1 to 32
 * @param resumed whether a run continues from one part of `mostSteps` steps to the next
 * @param framed the inputs that change over time
 * @throws {NetworkError} naming the nodes that no kernel can run.
 */
export function compile(
  network: Network,
  memory: EngineMemory,
  mostSteps: number,
  resumed: boolean,
  observed: Observations,
  neurons: Registry<NeuronDefinition>,
  framed: ReadonlySet<string>,
): Plan {
  assertRunnable(network, neurons);
  const growth = growthOf(network, neurons);
  if (growth !== undefined) assertDifferential(network, resumed, framed);
  const builder = planBuilder(memory, mostSteps);
  const values = new Map<string, Value>();
  const completed = new Map<string, number>();
  const populations = new Map<string, Population>();
  const compilation: Compilation = {
    network,
    shapes: inferShapes(network),
    readers: readersOf(network),
    observed,
    framed,
    neurons,
    builder,
    number: isIntegerNetwork(network) ? 'i32' : 'f32',
    resumed,
    growth,
    valueOf(name) {
      const known = values.get(name);
      if (known !== undefined) return known;
      const value = valueAt(compilation, nodeAt(compilation, name), populations);
      values.set(name, value);
      completed.set(name, builder.count - 1);
      return value;
    },
  };
  const bounds = compilation.number === 'i32' ? integerBounds(network, neurons) : undefined;
  for (const node of network.nodes) {
    if (node.op === 'input') {
      const value = compilation.valueOf(node.name);
      if (value.kind === 'analog') builder.keep(value.at, true);
    }
    if (bounds !== undefined && isWeighted(node)) {
      const { least, greatest } = bounds.get(node.name) ?? { least: new Float64Array(), greatest: new Float64Array() };
      assertExact(node.name, least, greatest);
    }
    if (node.op === 'neuron') compilation.valueOf(node.name);
  }
  const read = (name: string): Reading => {
    const node = nodeAt(compilation, name);
    // A float32 factor after integers is applied to their total, not at every step.
    if (node.op === 'scale' && compilation.number === 'i32' && parameter(compilation, node.factor).type === 'float32') {
      const factor = spread(parameter(compilation, node.factor), shapeOf(compilation, name));
      return { ...read(node.inputs[0]), factor };
    }
    const value = analogValue(compilation, name);
    builder.keep(value.at);
    return { value, completedAt: builder.count - 1 };
  };
  const outputs = new Map<string, Reading>();
  const inHead = analogHead(network);
  for (const node of network.nodes) {
    if (node.op === 'output' && !inHead.has(node.name)) outputs.set(node.name, read(node.inputs[0]));
  }
  const probed = new Map(
    [...observed.values].filter((name) => !inHead.has(name)).map((name) => [name, read(name)] as const),
  );
  const head = headOf(network);
  const headReads = [...head.reads].map((name) => [name, read(name)] as const);

  const finished = builder.finish();
  const planned = ({ value, completedAt, factor }: Reading): PlannedValue => ({
    shape: value.shape,
    layout: value.layout,
    completedAt,
    offset: finished.offsetOf(value.at),
    number: value.number,
    changing: value.changing,
    ...(factor !== undefined && { factor }),
  });
  const inputs = network.nodes.flatMap((node) => {
    const value = values.get(node.name);
    return node.op !== 'input' || value?.kind !== 'analog'
      ? []
      : [[node.name, planned({ value, completedAt: -1 })] as const];
  });
  const plannedNeurons = [...populations].map(([name, population]): readonly [string, PlannedNeurons] => [
    name,
    {
      shape: population.value.shape,
      layout: population.value.source,
      completedAt: completed.get(name) ?? 0,
      spikes: finished.offsetOf(population.value.spikes),
      ...(population.value.negative !== undefined && { negativeSpikes: finished.offsetOf(population.value.negative) }),
      levels: population.value.levels,
      gain: population.value.gain,
      ...(population.record !== undefined && { record: finished.offsetOf(population.record.at) }),
      ...(population.potential !== undefined && { potential: finished.offsetOf(population.potential) }),
      number: compilation.number,
    },
  ]);
  const pooled = network.nodes.flatMap((node) => {
    if (node.op !== 'maxPool' || inHead.has(node.name)) return [];
    const [name] = node.inputs;
    const [value, completedAt] = [values.get(name), completed.get(name) ?? -1];
    if (value?.kind !== 'analog' || value.number !== 'f32' || completedAt < 0) return [];
    return [[name, planned({ value, completedAt })] as const];
  });
  const limit = bounds === undefined ? undefined : mostIntegerSteps(compilation, values, bounds);
  return {
    steps: mostSteps,
    ...(growth !== undefined && { growth }),
    workspaceBytes: finished.workspaceBytes,
    structures: finished.structures,
    relocated: finished.relocated,
    stepWords: finished.stepWords,
    calls: finished.calls,
    starts: [...populations].flatMap(([node, { structure, start, potential, value }]) => {
      if (potential === undefined) return [];
      const wordOf = (field: NeuronField): number => finished.firstWordOf(structure) + neuronFields.indexOf(field);
      return [
        {
          node,
          word: wordOf('start'),
          pitchWord: wordOf('startPitch'),
          first: start.address,
          firstPitch: start.pitch,
          later: finished.offsetOf(potential),
          laterPitch: value.source.pitch,
        },
      ];
    }),
    carried: finished.carried,
    inputs: new Map(inputs),
    stepBiases: [...populations.values()].flatMap(({ bias }) =>
      bias === undefined
        ? []
        : [
            {
              layout: bias.value.layout,
              offset: finished.offsetOf(bias.value.at),
              number: bias.value.number,
              rows: bias.rows,
            },
          ],
    ),
    neurons: new Map(plannedNeurons),
    outputs: new Map([...outputs].map(([name, reading]) => [name, planned(reading)])),
    values: new Map([...probed].map(([name, reading]) => [name, planned(reading)])),
    pooled: new Map(pooled),
    ...(head.nodes.length > 0 && {
      head: { nodes: head.nodes, reads: new Map(headReads.map(([name, reading]) => [name, planned(reading)])) },
    }),
    ...(limit !== undefined && { limit }),
  };
}

function assertRunnable(network: Network, neurons: Registry<NeuronDefinition>): void {
  assertValid(network);
  if (!isSpiking(network)) {
    throw new NetworkError([
      { subject: 'network', message: 'it has no neurons, so there is nothing to simulate; convert it first' },
    ]);
  }
  checkModels(network, { neurons });
  const problems = isIntegerNetwork(network) ? integerProblems(network, neurons) : [];
  if (problems.length > 0) throw new NetworkError(problems);
}

/** Refuses what there are no kernels for with differential coding. */
function assertDifferential(network: Network, resumed: boolean, framed: ReadonlySet<string>): void {
  const head = analogHead(network);
  const pool = network.nodes.find((node) => node.op === 'maxPool' && !head.has(node.name));
  if (pool !== undefined)
    throw refusal(pool.name, 'no kernel for a maximum pooling with differential coding; it runs on tfjs');
  const [frames] = framed;
  if (frames !== undefined)
    throw refusal(
      frames,
      'its frames change over time, but with differential coding only spikes do; choose a neuron with rate coding',
    );
  if (resumed)
    throw refusal(
      'network',
      `with differential coding at most ${mostStepsAtOnce} steps can be simulated; later spikes would be worth almost nothing`,
    );
}

function readersOf(network: Network): ReadonlyMap<string, number> {
  const readers = new Map<string, number>();
  for (const node of network.nodes) for (const input of node.inputs) readers.set(input, (readers.get(input) ?? 0) + 1);
  return readers;
}

function valueAt(compilation: Compilation, node: NetworkNode, populations: Map<string, Population>): Value {
  const shape = shapeOf(compilation, node.name);
  switch (node.op) {
    case 'input': {
      const { rows, columns, channels } = layoutOf(shape);
      return newValue(compilation, shape, 'f32', compilation.framed.has(node.name), {
        rows,
        columns,
        channels,
        pitch: channels,
      });
    }
    case 'neuron': {
      const population = compileNeurons(compilation, node);
      populations.set(node.name, population);
      return population.value;
    }
    case 'add':
      return sumOf(
        compilation,
        node.inputs.map((name) => analogValue(compilation, name)),
        shape,
      );
    case 'maxPool':
      return maxPooled(compilation, node);
    case 'quantize':
      return quantized(compilation, node, shape);
    case 'scale':
      return scaled(compilation, node, shape);
    default:
      if (isWeighted(node)) return layerValue(compilation, node);
      if (operationOf(node).linear === true) return movedValue(compilation, node, shape);
      throw refusal(node.name, `no kernel for '${node.op}'${advice[node.op] ?? ''}`);
  }
}

function layerValue(compilation: Compilation, node: WeightedNode): Value {
  const input = compilation.valueOf(node.inputs[0]);
  const currents = input.kind === 'spikes' ? spikeCurrents(compilation, node, input) : undefined;
  if (currents !== undefined) return currents;
  return analogLayer(compilation, node, inFormat(compilation, analogValue(compilation, node.inputs[0]), 'f32'));
}

function movedValue(compilation: Compilation, node: NetworkNode, shape: Shape): Value {
  const inputs = node.inputs.map((name) => compilation.valueOf(name));
  const spikes = movedSpikes(compilation, node, inputs, shape);
  if (spikes !== undefined) return spikes;
  return movedAnalog(
    compilation,
    node,
    node.inputs.map((name) => analogValue(compilation, name)),
    shape,
  );
}

const advice: Readonly<Record<string, string>> = {
  batchNorm: '; fold it into the layer before it',
  activation: '; convert the whole network to neurons',
};

function quantized(compilation: Compilation, node: NodeOf<'quantize'>, shape: Shape): Value {
  const { builder } = compilation;
  const input = inFormat(compilation, analogValue(compilation, node.inputs[0]), 'f32');
  const { channels, pitch } = input.layout;
  const widths = broadcast(parameter(compilation, node.step), [channels]);
  const step = builder.memory.constant(['step', node.name, pitch], () =>
    Float32Array.from({ length: pitch }, (_, c) => widths[c] ?? 1),
  );
  const result = newValue(compilation, shape, 'f32', input.changing, input.layout);
  const size = sizeOfLayout(input.layout);
  const count: Operand = input.changing ? { kind: 'steps', factor: size } : size;
  builder.call('f32_quantize', result.at, input.at, step, pitch, count, node.limit);
  return result;
}

function scaled(compilation: Compilation, node: NodeOf<'scale'>, shape: Shape): Value {
  const { builder, number } = compilation;
  const given = parameter(compilation, node.factor);
  if (number === 'i32' && given.type === 'float32') {
    throw refusal(node.name, 'a float32 factor in an integer network can only be read by an output');
  }
  const input = compilation.valueOf(node.inputs[0]);
  const { per, data } = spread(given, shape);
  if (input.kind === 'spikes' && per === 'channel' && gainPerChannel(input) && !input.flat) {
    return { ...input, gain: input.gain.map((gain, c) => gain * (data[c] ?? 0)) };
  }
  const from = padded(compilation, inFormat(compilation, analogValue(compilation, node.inputs[0]), number));
  const { rows, columns, channels, pitch } = from.layout;
  const pixels = per === 'channel' ? 1 : rows * columns;
  const factor = builder.memory.constant(['factor', node.name], () => {
    const factors = number === 'f32' ? new Float32Array(pixels * pitch) : new Int32Array(pixels * pitch);
    for (let i = 0; i < pixels * channels; i++)
      factors[Math.floor(i / channels) * pitch + (i % channels)] = data[i] ?? 0;
    return factors;
  });
  const result = newValue(compilation, shape, number, from.changing, from.layout);
  const times = from.changing ? steps : 1;
  builder.call(
    `${number}_scale`,
    result.at,
    from.at,
    factor,
    per === 'channel' ? 0 : pitch,
    rows * columns,
    pitch,
    times,
  );
  return result;
}

type Bounds = ReadonlyMap<string, { readonly least: Float64Array; readonly greatest: Float64Array }>;

/** Greatest T for which no sum over the steps can overflow 32 bits, and the node that sets the bound. */
function mostIntegerSteps(
  { network, neurons }: Compilation,
  values: ReadonlyMap<string, Value>,
  bounds: Bounds,
): { readonly node: string; readonly steps: number } {
  let limit = { node: '', steps: Infinity };
  for (const node of network.nodes) {
    const [first = ''] = node.inputs;
    const { least, greatest } = bounds.get(first) ?? { least: new Float64Array(), greatest: new Float64Array() };
    const input = Math.max(1, greatestMagnitude(least), greatestMagnitude(greatest));
    const allowed = stepsOf(network, node, values.get(node.name), input, neurons);
    if (allowed < limit.steps) limit = { node: node.name, steps: allowed };
  }
  return limit;
}

/** Greatest T for which a neuron's potential, or the sums of a max pooling of changing numbers, cannot overflow; other nodes have no sums over steps. */
function stepsOf(
  network: Network,
  node: NetworkNode,
  value: Value | undefined,
  input: number,
  neurons: Registry<NeuronDefinition>,
): number {
  if (node.op === 'neuron') return mostPotentialSteps(network, node, input, neurons);
  const accumulates = node.op === 'maxPool' && value?.kind === 'analog' && value.changing;
  return accumulates ? Math.floor(greatestPotential / input) : Infinity;
}
