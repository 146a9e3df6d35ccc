import type { Activation } from '@rheobase/activations';
import { defaultActivations } from '@rheobase/activations';
import type { Network, Registry, SimulateOptions, SimulationResult } from '@rheobase/network';
import { assertValid, checkModels, growthOf, hasIntegerThreshold, inferShapes, NetworkError } from '@rheobase/network';
import type { Neuron } from '@rheobase/neurons';
import { defaultNeurons } from '@rheobase/neurons';
import { guardTensorMemory } from '@rheobase/tfjs-wasm-training';
import { Tensor } from '@tensorflow/tfjs-core';
import { withinMemory } from './batch-too-large.js';
import type { TensorBatch, Binding } from './binding.js';
import { hasFrames } from './feed.js';
import { boundParameters, disposeParameters, snapshotOf } from './live-parameters.js';
import { fittingBatch, type FittingBatchOptions } from './memory-plan.js';
import type { OverTime } from './over-time.js';
import type { RunOptions, RunResult } from './run.js';
import { runNetwork } from './run.js';
import { runPart } from './run-part.js';
import { simulateNetwork } from './simulate.js';
import type { ThroughRatesOptions } from './through-rates.js';
import { throughRates } from './through-rates.js';
import type { UnrollOptions } from './unroll.js';
import { unrollNetwork } from './unroll.js';

/** The registries that resolve the models named at a network's activation and neuron nodes. */
export interface ModelRegistries {
  readonly activations: Registry<Activation>;
  readonly neurons: Registry<Neuron>;
}

/** A network with live tensors for parameters, ready to run. */
export interface BoundNetwork extends Binding {
  /**
   * Runs an analog network once.
   *
   * @throws if the network has neurons, which need time steps: see {@link BoundNetwork.simulate}.
   */
  run(batch: TensorBatch, options?: RunOptions): RunResult;
  /**
   * Runs a spiking network over T time steps: with direct coding, or with inputs `[T, N, …shape]` frame by frame.
   *
   * @throws if the network has no neurons, or activation sites that were never converted.
   */
  simulate(batch: TensorBatch, options: SimulateOptions): SimulationResult;
  /**
   * Computes the wanted nodes of an analog network, in inference, from the values of given nodes; nodes upstream of these are not evaluated. Call it
   * in a tidy. Values are `[N, …shape]`.
   *
   * @throws {NetworkError} naming a node that is unknown, an input that is needed but not given, or a neuron.
   */
  runPart(given: ReadonlyMap<string, Tensor>, wanted: readonly string[]): ReadonlyMap<string, Tensor>;
  /**
   * The same for a spiking network, over T time steps at once. Neurons start at V(0). Call it in a tidy. With a surrogate it is differentiable with
   * respect to the live parameters, the given values and the slopes (BPTT, METHOD.md §6). Values of the analog head are those after the last step,
   * computed on means over all of them, and so of the kind `constant`.
   *
   * @throws {NetworkError} naming a node that is unknown, an input that is needed but not given, an activation that was never
   *   converted, or a given value whose rows are not T steps of one batch.
   */
  unroll(
    given: ReadonlyMap<string, OverTime>,
    wanted: readonly string[],
    options: UnrollOptions,
  ): ReadonlyMap<string, OverTime>;
  /**
   * Runs a part of a spiking network over T steps from given inputs `[N, …shape]`, constant over time, and returns the means over time of the wanted
   * nodes, `[N, …shape]`. Call it in a tidy. Differentiable with respect to the live parameters and the given values, through the neurons' rates
   * rather than their spikes: the gradient costs one analog pass for any T.
   *
   * @throws {NetworkError} as {@link BoundNetwork.unroll} does; and naming a neuron whose model has no rate slope.
   */
  throughRates(
    given: ReadonlyMap<string, Tensor>,
    wanted: readonly string[],
    options: ThroughRatesOptions,
  ): ReadonlyMap<string, Tensor>;
  /** How many images to run at a time, at most `most`: see {@link fittingBatch}. */
  fittingBatch(options: Pick<FittingBatchOptions, 'most' | 'record'>): number;
  /** A network with the parameters' current values; unchanged ones are shared with the bound network. */
  snapshot(): Network;
  /** Frees the parameters' tensors. */
  dispose(): void;
}

/**
 * Copies a network's parameters into tfjs variables, so that it can be run. Dispose it when done.
 *
 * @param registries the known models; default: the built-in ones
 * @throws {NetworkError} if the network is not well-formed, or a site names an unknown model or does not fit it.
 */
export function bind(network: Network, registries: Partial<ModelRegistries> = {}): BoundNetwork {
  const { activations: knownActivations = defaultActivations, neurons: knownNeurons = defaultNeurons } = registries;
  assertValid(network);
  const integerNeurons = network.nodes.filter(
    (node) => node.op === 'neuron' && node.spikeValue === 'one' && hasIntegerThreshold(network, node),
  );
  if (integerNeurons.length > 0) {
    throw new NetworkError(
      integerNeurons.map(({ name }) => ({
        subject: name,
        message: 'its threshold is an integer, as in integer networks, which only the event engine runs',
      })),
    );
  }
  const { activations, neurons } = checkModels(network, { activations: knownActivations, neurons: knownNeurons });
  const shapes = inferShapes(network);
  const growth = growthOf(network, knownNeurons);
  guardTensorMemory();
  const parameters = boundParameters(network);
  const binding: Binding = { network, shapes, ...parameters, activations, neurons, growth };
  const fitting: BoundNetwork['fittingBatch'] = (options) =>
    fittingBatch(network, { ...options, neurons: knownNeurons });
  const within = <Result>(
    batch: TensorBatch | Iterable<Tensor>,
    record: readonly string[],
    work: () => Result,
  ): Result => withinMemory(imagesOf(network, batch), () => fitting({ most: Infinity, record }), work);
  const tensorsOf = (given: ReadonlyMap<string, OverTime>): readonly Tensor[] =>
    [...given.values()].map(({ value }) => value);
  return {
    ...binding,
    run: (batch, options = {}) => within(batch, options.record ?? [], () => runNetwork(binding, batch, options)),
    simulate: (batch, options) =>
      within(
        batch,
        (options.probes ?? []).map(({ node }) => node),
        () => simulateNetwork(binding, batch, options),
      ),
    runPart: (given, wanted) => within(given.values(), wanted, () => runPart(binding, given, wanted)),
    unroll: (given, wanted, options) =>
      within(tensorsOf(given), wanted, () => unrollNetwork(binding, given, wanted, options)),
    throughRates: (given, wanted, options) =>
      within(given.values(), wanted, () => throughRates(binding, given, wanted, options)),
    fittingBatch: fitting,
    snapshot: () => snapshotOf(network, parameters.live),
    dispose: () => disposeParameters(parameters),
  };
}

/** Number of images of a batch: the first dimension of its tensors, or the second of those with frames. */
function imagesOf(network: Network, batch: TensorBatch | Iterable<Tensor>): number {
  if (!(batch instanceof Tensor) && Symbol.iterator in batch) return [...batch][0]?.shape[0] ?? 0;
  const inputs = network.nodes.filter((node) => node.op === 'input');
  const [name, first] = batch instanceof Tensor ? [inputs[0]?.name, batch] : (Object.entries(batch)[0] ?? []);
  const input = inputs.find((node) => node.name === name);
  if (first === undefined || input === undefined) return 0;
  return first.shape[hasFrames(input, first) ? 1 : 0] ?? 0;
}
