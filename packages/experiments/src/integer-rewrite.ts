import { currentCorrection, type IntegerConversion, toInteger } from '@rheobase/converter';
import { eventEngine } from '@rheobase/event-engine';
import type { Network, NeuronDefinition, Probe, ProbeRecord, Registry } from '@rheobase/network';
import { consumersOf, isWeighted, knownNeurons } from '@rheobase/network';
import { batchesOf, type Images } from './image-batches.js';
import { boundByNormalization } from './input-bounds.js';

/** What mean currents are recorded on. */
export interface BiasCorrection {
  /** Training images to record mean currents on. */
  readonly images: Images;
  /** T of the recording: that of the runs to come. */
  readonly steps: number;
  /** Models from outside; default: the built-in ones. */
  readonly neurons?: Registry<NeuronDefinition>;
}

/**
 * A spiking network with integers (`toInteger`), its inputs bounded by the images' normalization and its biases corrected by recorded means:
 * for every neuron, the mean current of each channel is recorded in float32 and with integers, on the same spikes, those of the float32 run.
 * The difference, which is what the rounding of this layer's weights costs, goes into the bias before the neuron. A neuron without a layer of
 * weights before it is unchanged.
 *
 * @throws {NetworkError} naming the nodes that cannot be rewritten or that the event engine cannot run.
 * @throws if there are no images.
 */
export async function correctedInteger(
  network: Network,
  { images, steps, neurons = knownNeurons }: BiasCorrection,
): Promise<IntegerConversion> {
  const inputMaximum = boundByNormalization(images.normalization);
  const plain = toInteger(network, { inputMaximum, neurons });
  const corrections = await meanLosses(network, plain, { images, steps, neurons });
  return toInteger(network, { inputMaximum, neurons, correction: corrections });
}

async function meanLosses(
  network: Network,
  { network: integer, currentUnits }: IntegerConversion,
  { images, steps, neurons }: Required<BiasCorrection>,
): Promise<ReadonlyMap<string, Float64Array>> {
  const names = correctable(network);
  const means = names.map((node): Probe => ({ kind: 'mean-input', node }));
  const everySpike = network.nodes.flatMap(({ op, name }): readonly Probe[] =>
    op === 'neuron' ? [{ kind: 'spikes', node: name }] : [],
  );
  const [before, after] = await Promise.all([eventEngine(network, { neurons }), eventEngine(integer, { neurons })]);
  const totals = new Map<string, Float64Array>();
  let seen = 0;
  for await (const batch of batchesOf(images)) {
    const { records: float } = before.simulate(batch, { steps, probes: [...means, ...everySpike] });
    const spikes = spikesIn(float.slice(means.length));
    const { records: whole } = after.simulate(batch, { steps, probes: means, spikes });
    names.forEach((name, k) => {
      const [source, rounded, unit] = [float[k], whole[k], currentUnits.get(name)];
      if (source === undefined || rounded === undefined || unit === undefined) {
        throw new Error(`No mean current of '${name}' was recorded.`);
      }
      const total = totals.get(name) ?? new Float64Array(unit.length);
      currentCorrection(source, rounded, unit).forEach((loss, c) => {
        total[c] = (total[c] ?? 0) + loss * batch.labels.length;
      });
      totals.set(name, total);
    });
    seen += batch.labels.length;
  }
  if (seen === 0) throw new Error('There were no images to record mean currents on.');
  return new Map([...totals].map(([name, total]) => [name, total.map((sum) => sum / seen)]));
}

function spikesIn(records: readonly ProbeRecord[]): ReadonlyMap<string, Int8Array> {
  return new Map(
    records.flatMap(({ probe, data }) => (data instanceof Int8Array ? [[probe.node, data] as const] : [])),
  );
}

/** Neurons whose current has its own layer of weights for a correction, possibly through additions. */
function correctable(network: Network): readonly string[] {
  const nodes = new Map(network.nodes.map((node) => [node.name, node]));
  const readers = consumersOf(network);
  const isOnlyRead = (name: string): boolean => readers.get(name)?.length === 1;
  const hasLayer = (name: string, ownReader: boolean): boolean => {
    const node = nodes.get(name);
    if (isWeighted(node)) return ownReader || isOnlyRead(name);
    return node?.op === 'add' && (ownReader || isOnlyRead(name)) && node.inputs.some((input) => hasLayer(input, false));
  };
  return network.nodes.flatMap((node) => (node.op === 'neuron' && hasLayer(node.inputs[0], true) ? [node.name] : []));
}
