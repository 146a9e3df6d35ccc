import type { Network, NeuronDefinition, Registry } from '@rheobase/network';
import {
  assertValid,
  greatestMagnitude,
  inferShapes,
  knownNeurons,
  modelProblems,
  mostPotentialSteps,
  NetworkError,
  parameterOf,
  shapeAt,
  unknownName,
} from '@rheobase/network';
import { type InputBound, inputBoundOf } from './input-bound.js';
import { type IntegerNeuron, type IntegerReport, rangeOf } from './integer-report.js';
import { integerRefusals } from './refusals.js';
import { rewriteInIntegers } from './rewrite.js';
import type { Rewriting } from './rewriting.js';
import { exactRanges, type ValueRanges } from './value-ranges.js';

export interface IntegerOptions {
  /**
   * Inputs are clipped to ±`inputMaximum` and rounded to 2,047 levels. A number above 0, or a bound by channel with its source: the range of
   * normalized pixels, or of recorded inputs. Required.
   */
  readonly inputMaximum: number | InputBound;
  /**
   * The fraction of a channel's greatest weight that maps to the greatest integer; below 1, greater weights are clipped and the others have finer
   * levels. In (0, 1]. Default: 1.
   */
  readonly weightRange?: number;
  /**
   * What to add to the current of a neuron or an output, by its node's name: one number per channel, in the units of the source network. It is added
   * to the bias of the layer before it. `currentCorrection` computes it from recorded means.
   */
  readonly correction?: ReadonlyMap<string, Float64Array>;
  /** The known neuron models. Default: `knownNeurons`, the built-in ones. */
  readonly neurons?: Registry<NeuronDefinition>;
}

export interface IntegerConversion {
  /** The integer network; see docs/decisions/0011. */
  readonly network: Network;
  readonly report: IntegerReport;
  /** By neuron: the real value of one unit of its current, θ and potential, per channel, `[C]`. */
  readonly currentUnits: ReadonlyMap<string, Float64Array>;
}

/**
 * Rewrites a spiking network in integers: int8 weights per output channel, with the thresholds of the presynaptic neurons folded in; θ, V(0) and
 * biases as int32 in the units of their current. The image is quantized once, and only the outputs are real numbers again. Nodes keep their names, so
 * the same probes apply.
 *
 * Refused are batch norms and activations (fold and convert first), bilinear upsampling, neurons without an integer rule, and a θ that differs
 * between positions of a channel, except before a flatten or an output.
 *
 * @throws {NetworkError} naming every node that cannot be rewritten or whose neuron does not fit its definition, or if the network is not
 *   well-formed.
 * @throws if `inputMaximum` is missing, an option is out of range, or a correction names no neuron or output, or one without a layer to add it to.
 */
export function toInteger(network: Network, options: IntegerOptions): IntegerConversion {
  assertValid(network);
  // Untyped callers may pass nothing.
  const inputBound = inputBoundOf((options as Partial<IntegerOptions> | undefined)?.inputMaximum);
  assertOptions(network, options);
  const { weightRange = 1, correction = new Map(), neurons = knownNeurons } = options;
  assertRewritable(network, neurons);
  const rewritten = rewriteInIntegers(network, { inputBound, weightRange, correction, neurons });
  const { written, currentUnits } = rewritten;
  const { nodes, parameters } = written;
  const result = assertValid({ ...network, nodes, parameters });
  return { network: result, report: reportOn(result, rewritten, exactRanges(result, neurons)), currentUnits };
}

/** For a node whose neuron does not fit its definition, only that is reported. */
function assertRewritable(network: Network, neurons: Registry<NeuronDefinition>): void {
  const misfits = new Map(modelProblems(network, { neurons }).map((misfit) => [misfit.subject, misfit]));
  const refusals = new Map(integerRefusals(network, neurons).map((refused) => [refused.subject, refused]));
  const problems = network.nodes.flatMap(({ name }) => misfits.get(name) ?? refusals.get(name) ?? []);
  if (problems.length > 0) throw new NetworkError(problems);
}

function assertOptions(network: Network, { weightRange = 1, correction }: IntegerOptions): void {
  if (!(weightRange > 0 && weightRange <= 1)) {
    throw new Error(`weightRange must be a fraction above 0 and up to 1, not ${weightRange}.`);
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

function reportOn(
  network: Network,
  { inputs, layers, neurons }: Pick<Rewriting, 'inputs' | 'layers' | 'neurons'>,
  rangeAt: ValueRanges,
): IntegerReport {
  return {
    inputs: [...inputs.values()],
    layers: [...layers.values()].map((layer) => {
      const [least, greatest] = rangeAt(layer.node);
      return { ...layer, sums: [least, greatest], bits: least >= -32768 && greatest <= 32767 ? 16 : 32 };
    }),
    neurons: network.nodes.flatMap((node): readonly IntegerNeuron[] => {
      if (node.op !== 'neuron') return [];
      const current = rangeAt(node.inputs[0]);
      const theta = node.neuron.parameters['threshold'];
      const threshold = theta === undefined ? ([0, 0] as const) : rangeOf(parameterOf(network, theta).data);
      const mostSteps = mostPotentialSteps(network, node, greatestMagnitude(current), neurons);
      return [{ node: node.name, threshold, current, mostSteps }];
    }),
  };
}
