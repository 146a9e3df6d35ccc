import { eventEngine } from '@rheobase/event-engine';
import { eventEnginePool } from '@rheobase/event-engine/node';
import { type Simulator, tensorSimulator } from '@rheobase/methods';
import { type Network, NetworkError } from '@rheobase/network';

/** A simulator, and who computes. */
export interface NamedSimulator extends Simulator {
  /** `event`: the spike kernels, in float32. `tfjs`: densely. */
  readonly engine: 'event' | 'tfjs';
  dispose(): Promise<void>;
}

/**
 * The event engine where it has kernels for all of a network, tfjs elsewhere. The backend of tfjs must have been started.
 *
 * @param threads of the event engine
 */
export async function fastestSimulator(network: Network, threads: number): Promise<NamedSimulator> {
  try {
    return await eventSimulator(network, threads);
  } catch (error) {
    // It names the nodes that it has no kernel for.
    if (!(error instanceof NetworkError)) throw error;
    const { simulate, dispose } = tensorSimulator(network);
    return { engine: 'tfjs', simulate, dispose: async () => dispose() };
  }
}

async function eventSimulator(network: Network, threads: number): Promise<NamedSimulator> {
  if (threads > 1) {
    const pool = await eventEnginePool(network, { threads });
    return {
      engine: 'event',
      simulate: ({ images, shape }, options) => pool.simulate({ shape, data: images }, options),
      dispose: () => pool.dispose(),
    };
  }
  const engine = await eventEngine(network);
  return {
    engine: 'event',
    simulate: async ({ images, shape }, options) => engine.simulate({ shape, data: images }, options),
    dispose: async () => undefined,
  };
}
