import { eventEngine } from '@rheobase/event-engine';
import { bind, startTensorBackend } from '@rheobase/execution';
import type { ImageBatch, Network, Probe, SimulationResult } from '@rheobase/network';
import { isIntegerNetwork } from '@rheobase/network';
import { foreignError, FuzzFinding } from '@rheobase/testing/fuzz';
import { tensor } from '@tensorflow/tfjs-core';

/** What an engine made of a network: a result, or an error of the project's own that says what cannot be run. */
export type EngineRun = SimulationResult | Error;

export interface EngineTask {
  readonly network: Network;
  /** One image for each input. */
  readonly images: Readonly<Record<string, ImageBatch>>;
  readonly steps: number;
}

const spikeProbes = ({ nodes }: Network): readonly Probe[] =>
  nodes.flatMap((node) => (node.op === 'neuron' ? [{ kind: 'spikes', node: node.name }] : []));

/** @throws {FuzzFinding} if an engine refuses a network otherwise than by naming a node, a parameter or the network. */
function refusalOf(engine: string, { network }: EngineTask, error: unknown): Error {
  const foreign = foreignError(error);
  if (foreign !== undefined || !(error instanceof Error)) throw new FuzzFinding(`${engine}: ${foreign}`);
  const subjects = ['network', ...network.nodes.map(({ name }) => name), ...network.parameters.keys()];
  if (subjects.some((subject) => error.message.startsWith(`${subject}: `))) return error;
  throw new FuzzFinding(`${engine}: the error names no node: ${error.stack}`);
}

/** @param tableBytes up to which layers have tables of sums; 0 lets all have lists of events */
export async function runOnEventEngine(task: EngineTask, tableBytes: number): Promise<EngineRun> {
  const { network, images, steps } = task;
  try {
    const engine = await eventEngine(network, { tableBytes });
    return engine.simulate(images, { steps, probes: spikeProbes(network) });
  } catch (error) {
    return refusalOf('event engine', task, error);
  }
}

/** Nothing for integer networks: they run only on the event engine. */
export async function runOnTensors(task: EngineTask): Promise<EngineRun | undefined> {
  const { network, images, steps } = task;
  if (network.nodes.some((node) => node.op === 'neuron' && node.spikeValue === 'one') || isIntegerNetwork(network)) {
    return undefined;
  }
  await startTensorBackend();
  const batch = Object.fromEntries(
    Object.entries(images).map(([name, { shape, images: data }]) => [name, tensor(data.slice(), [...shape])]),
  );
  try {
    const bound = bind(network);
    try {
      return bound.simulate(batch, { steps, probes: spikeProbes(network) });
    } finally {
      bound.dispose();
    }
  } catch (error) {
    return refusalOf('tfjs', task, error);
  } finally {
    for (const image of Object.values(batch)) image.dispose();
  }
}
