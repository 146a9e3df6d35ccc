import { defaultNeurons } from '@rheobase/neurons';
import type { Network, SimulationResult } from '@rheobase/network';
import { attributeValues, isIntegerNetwork, isSpiking } from '@rheobase/network';
import type { NeuronReference, ReferenceSimulation } from '@rheobase/testing';
import { randomArray, referenceSimulate, spikeDifferences } from '@rheobase/testing';
import { FuzzFinding } from '@rheobase/testing/fuzz';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { type EngineTask, runOnEventEngine, runOnTensors } from './engine-runs.js';
import { simulationCost } from './simulation-cost.js';

/** Numbers that the slow reference may read in all; what is larger is only checked, not run. */
const mostReads = 3_000_000;

/** Above it, float32 and float64 have little in common. */
const mostMagnitude = 1e5;

/** Margins, as fractions of the threshold, within which float32 may decide differently. */
const tolerance = 1e-3;

const references: Readonly<Record<string, NeuronReference>> = Object.fromEntries(
  defaultNeurons.names.map((kind) => [
    kind,
    (currents, values) => defaultNeurons.get(kind).reference(currents, values),
  ]),
);

/** The same network with the attributes that are not given: the reference knows no initial values. */
function withAllAttributes(network: Network): Network {
  const nodes = network.nodes.map((node) => {
    if (node.op !== 'neuron') return node;
    const { attributes } = defaultNeurons.get(node.neuron.kind);
    return { ...node, neuron: { ...node.neuron, attributes: attributeValues(attributes, node.neuron.attributes) } };
  });
  return { ...network, nodes };
}

function taskOf(network: Network, seed: number, steps: number): EngineTask {
  const images = network.nodes.flatMap((node, i) => {
    if (node.op !== 'input') return [];
    const data = randomArray(xoroshiro128plus(seed + i), node.shape, -1, 1);
    return [[node.name, { shape: [1, ...node.shape], images: data }] as const];
  });
  return { network, images: Object.fromEntries(images), steps };
}

function spikesIn(result: SimulationResult, node: string): ArrayLike<number> {
  const record = result.records.find(({ probe }) => probe.node === node);
  if (record === undefined) throw new FuzzFinding(`no record of the spikes of '${node}'`);
  return record.data;
}

/** @throws {FuzzFinding} if an engine's spikes or outputs are not the reference's, beyond what its precision explains. */
function compare(engine: string, network: Network, result: SimulationResult, reference: ReferenceSimulation): void {
  const exact = isIntegerNetwork(network);
  const differences = spikeDifferences(network, reference, (node) => spikesIn(result, node));
  const wrong = differences.find(({ margin }) => exact || !(margin < tolerance));
  if (wrong !== undefined) {
    const { node, neuron, step, margin } = wrong;
    throw new FuzzFinding(
      `${engine}: a spike is not the reference's: '${node}', neuron ${neuron}, step ${step} (margin ${margin})`,
    );
  }
  if (differences.length > 0) return;
  for (const [name, { data }] of result.outputs) {
    const expected = (reference.values.get(name) ?? []).flatMap((step) => [...step]);
    const close = (x: number, i: number): boolean => {
      const y = expected[i] ?? Number.NaN;
      return exact ? x === Math.fround(y) : Math.abs(x - y) <= 1e-3 * (1 + Math.abs(y));
    };
    const at = [...data].findIndex((x, i) => !close(x, i));
    if (at >= 0 || data.length !== expected.length) {
      throw new FuzzFinding(
        `${engine}: an output is not the reference's: '${name}', element ${at}, ${data[at]} for ${expected[at]}`,
      );
    }
  }
}

const greatestOf = ({ values }: ReferenceSimulation): number => {
  let most = 0;
  for (const steps of values.values()) {
    // NaN stays NaN: engines cannot be compared on it.
    for (const step of steps) for (const x of step) if (!(Math.abs(x) <= most)) most = Math.abs(x);
  }
  return most;
};

/**
 * Runs a valid network on both engines and compares each with the slow reference. Refusing it is an answer too, if a node is named; tfjs may not
 * refuse what the event engine runs.
 *
 * @param seed of the images, and of how the engines are set
 * @throws {FuzzFinding} if something is wrong
 */
export async function compareEngines(network: Network, seed: number): Promise<void> {
  if (!isSpiking(network)) return;
  const cost = simulationCost(network);
  const steps = seed % 9 === 0 ? 33 : 1 + (seed % 8);
  if (cost * steps > mostReads) return;
  const task = taskOf(network, seed, steps);
  const [events, tensors] = [await runOnEventEngine(task, seed % 2 === 0 ? 0 : 640 * 1024), await runOnTensors(task)];
  if (tensors instanceof Error && !(events instanceof Error)) {
    throw new FuzzFinding(`tfjs: it refuses what the event engine runs: ${tensors.message}`);
  }
  const runs = { 'event engine': events, tfjs: tensors };
  if (Object.values(runs).every((run) => run === undefined || run instanceof Error)) return;
  const images = new Map(Object.entries(task.images).map(([name, batch]) => [name, batch.images]));
  const whole = withAllAttributes(network);
  const reference = referenceSimulate(whole, images, steps, references);
  const exact = isIntegerNetwork(network);
  if (!exact && !(greatestOf(reference) <= mostMagnitude)) return;
  for (const [engine, run] of Object.entries(runs)) {
    if (run !== undefined && !(run instanceof Error)) compare(engine, whole, run, reference);
  }
}
