import type { ModelRegistries } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import { NetworkError } from '@rheobase/network';
import {
  type EngineName,
  eventEngineOf,
  type Precision,
  type SpikingEngine,
  type StartEngine,
  tensorEngineOf,
} from '../../spiking-engine.js';
import { eventThreads } from './event-threads.js';

/** Which engine is wanted: `auto` is the event engine where it has a kernel for everything, else tfjs. */
export const engineChoices = ['auto', 'event', 'tfjs'] as const;
export type EngineChoice = (typeof engineChoices)[number];
export const precisions: readonly Precision[] = ['float32', 'int8'];

export interface EngineOptions {
  /** Threads of the event engine; default: 1, the calling thread. tfjs has one. */
  readonly threads?: number;
  /** Rewrites a network in integers. Required for `int8`, and called only then: `toInteger` needs the range of inputs. */
  readonly toIntegerNetwork?: (network: Network) => Promise<Network>;
  /** Models from outside; default: the built-in ones. */
  readonly registries?: Partial<ModelRegistries>;
}

/** An engine, and why it is not the one that `auto` looks for first. */
export interface ChosenEngine {
  readonly engine: SpikingEngine;
  /** What the event engine has no kernel for, by node. */
  readonly fallback?: string;
}

/**
 * Starts an engine for a spiking network.
 *
 * @throws {NetworkError} naming the nodes and neurons without a kernel, if no other engine may be used; tfjs runs only float32.
 */
export async function chooseEngine(
  network: Network,
  choice: EngineChoice,
  precision: Precision,
  { threads = 1, toIntegerNetwork, registries }: EngineOptions = {},
): Promise<ChosenEngine> {
  if (choice === 'tfjs' && precision === 'int8') {
    throw new Error('tfjs runs spiking networks in float32; int8 is for the event engine.');
  }
  if (choice === 'tfjs') return { engine: await tensorEngineOf(registries)(network) };
  if (precision === 'int8' && toIntegerNetwork === undefined) {
    throw new Error('int8 needs toIntegerNetwork, which makes an integer network.');
  }
  const rewrite = precision === 'int8' ? toIntegerNetwork : undefined;
  const start = eventEngineOn(threads, registries, rewrite);
  try {
    return { engine: await start(network) };
  } catch (error) {
    if (choice === 'event' || precision === 'int8' || !(error instanceof NetworkError)) throw error;
    return { engine: await tensorEngineOf(registries)(network), fallback: error.message };
  }
}

/** An engine in float32 by its name; the event engine on the given number of threads. */
export function engineNamed(name: EngineName, threads: number, registries: Partial<ModelRegistries> = {}): StartEngine {
  return name === 'tfjs' ? tensorEngineOf(registries) : eventEngineOn(threads, registries);
}

function eventEngineOn(
  threads: number,
  { neurons }: Partial<ModelRegistries> = {},
  rewrite?: (network: Network) => Promise<Network>,
): StartEngine {
  const options = neurons === undefined ? {} : { neurons };
  return threads === 1 ? eventEngineOf(rewrite, options) : eventThreads(threads, rewrite, options);
}
