import { type EventEngineOptions, eventEngine } from '@rheobase/event-engine';
import { bind, type BoundNetwork, type ModelRegistries, onTensor } from '@rheobase/execution';
import type { Network, Simulator } from '@rheobase/network';

/** Who computes a simulation: the event engine, where only spikes cost, or tfjs, where every step is a dense pass. */
export type EngineName = 'event' | 'tfjs';

/** Number format of weights and potentials; `int8` means integers throughout (docs/decisions/0011). */
export type Precision = 'float32' | 'int8';

/** Runs one spiking network on batches of images. Dispose it when done. */
export interface SpikingEngine extends Simulator, Partial<Pick<BoundNetwork, 'fittingBatch'>> {
  readonly name: EngineName;
  readonly precision: Precision;
  /** The network as it was given: in float32, even if the engine runs it with integers. Probes name its nodes. */
  readonly network: Network;
  dispose(): Promise<void>;
}

/**
 * Makes an engine for a network; callers need not know which.
 *
 * @throws {NetworkError} naming the nodes and neurons that it cannot run.
 */
export type StartEngine = (network: Network) => Promise<SpikingEngine>;

/** An engine on tfjs for a network that is bound already. The caller frees it: `dispose` leaves it as it is. */
export function boundEngine(bound: BoundNetwork): SpikingEngine {
  return {
    name: 'tfjs',
    precision: 'float32',
    network: bound.network,
    fittingBatch: (options) => bound.fittingBatch(options),
    simulate: async (batch, options) => onTensor(batch, (input) => bound.simulate(input, options)),
    dispose: async () => undefined,
  };
}

/**
 * An engine on tfjs, whose backend must have been started.
 *
 * @param registries models from outside; default: the built-in ones
 */
export function tensorEngineOf(registries: Partial<ModelRegistries> = {}): StartEngine {
  return async (network) => {
    const bound = bind(network, registries);
    return { ...boundEngine(bound), dispose: async () => bound.dispose() };
  };
}

/** {@link tensorEngineOf} the built-in models. */
export const tensorEngine = tensorEngineOf();

/**
 * The event engine on the calling thread; `eventThreads` of \@rheobase/experiments/node has several.
 *
 * @param toIntegerNetwork rewrites a network before it runs; default: the network runs as it is
 */
export function eventEngineOf(
  toIntegerNetwork: ((network: Network) => Promise<Network>) | undefined = undefined,
  options: EventEngineOptions = {},
): StartEngine {
  return async (network) => {
    const engine = await eventEngine((await toIntegerNetwork?.(network)) ?? network, options);
    return {
      name: 'event',
      precision: engine.precision,
      network,
      simulate: async (batch, given) => engine.simulate(batch, given),
      dispose: async () => undefined,
    };
  };
}
