import { eventEnginePool, type EventEnginePoolOptions } from '@rheobase/event-engine/node';
import type { Network } from '@rheobase/network';
import type { StartEngine } from '../../spiking-engine.js';

/**
 * The event engine on several threads, which share a batch.
 *
 * @param toIntegerNetwork rewrites a network before it runs; default: the network runs as it is
 */
export function eventThreads(
  threads: number,
  toIntegerNetwork: ((network: Network) => Promise<Network>) | undefined = undefined,
  options: Omit<EventEnginePoolOptions, 'threads'> = {},
): StartEngine {
  return async (network) => {
    const pool = await eventEnginePool((await toIntegerNetwork?.(network)) ?? network, { ...options, threads });
    return {
      name: 'event',
      precision: pool.precision,
      network,
      simulate: (batch, given) => pool.simulate(batch, given),
      dispose: () => pool.dispose(),
    };
  };
}
