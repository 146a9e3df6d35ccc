import { eventEnginePool, type EventEnginePoolOptions } from '@rheobase/event-engine/node';
import type { Network } from '@rheobase/network';
import type { StartEngine } from '../../spiking-engine.js';

/**
 * The event engine on several threads, which share a batch.
 *
 * @param inWholeNumbers rewrites a network before it runs; without it, it runs in its own numbers
 */
export function eventThreads(
  threads: number,
  inWholeNumbers: ((network: Network) => Promise<Network>) | undefined = undefined,
  options: Omit<EventEnginePoolOptions, 'threads'> = {},
): StartEngine {
  return async (network) => {
    const pool = await eventEnginePool((await inWholeNumbers?.(network)) ?? network, { ...options, threads });
    return {
      name: 'event',
      precision: pool.precision,
      network,
      simulate: (batch, given) => pool.simulate(batch, given),
      dispose: () => pool.dispose(),
    };
  };
}
