import type { Network, NodeOf, Probe, ProbeKind, Shape, SimulationResult } from '@rheobase/network';
import { NetworkError, inferShapes, sameShape, describeShape, shapeAt, sizeOf, unknownName } from '@rheobase/network';
import type { LayerErrors, LayerSums, LedgerSite } from './layer-errors.js';
import { layerSums } from './layer-errors.js';
import type { ChargedNeuron } from './neuron-charge.js';
import { neuronCharge } from './neuron-charge.js';
import type { OutputErrors } from './output-errors.js';
import { outputSums } from './output-errors.js';
import { siteReadings } from './site-readings.js';
import type { SiteValues } from './site-values.js';
import { siteValues } from './site-values.js';
import { expectImages } from './synaptic-operations.js';

/** The analog network that the spiking one represents, with its activations; a bound network is one. */
export interface LedgerSource {
  readonly network: Network;
  /** By activation node. */
  readonly activations: ReadonlyMap<string, { reference(z: number, values: SiteValues): number }>;
}

/** The spiking network, and what its neurons mean; a bound network is one. */
export interface LedgerSpiking {
  readonly network: Network;
  /** By neuron node. */
  readonly neurons: ReadonlyMap<string, ChargedNeuron>;
}

/** One batch, run through both networks. */
export interface LedgerBatch {
  /** Values of the source network at {@link ErrorLedger.record}, by node, `[N, …shape]`. */
  readonly source: ReadonlyMap<string, ArrayLike<number>>;
  /** The simulation with {@link ErrorLedger.probes}, over the ledger's T. */
  readonly spiking: SimulationResult;
}

/** The errors of a spiking network, by layer and at its outputs. */
export interface LedgerSummary {
  /** T. */
  readonly steps: number;
  readonly images: number;
  /** Every layer of neurons, in network order. */
  readonly layers: readonly LayerErrors[];
  /** Every output. */
  readonly outputs: readonly OutputErrors[];
}

/** Gathers the errors over many batches, in float64; keeps no values. */
export interface ErrorLedger {
  /** The probes to ask each simulation for. Others may be added. */
  readonly probes: readonly Probe[];
  /** The nodes of the source network whose values are needed. */
  readonly record: readonly string[];
  /**
   * Adds a batch of images.
   *
   * @throws if values or records are missing or of another size, T is another, or the records break the charge balance.
   */
  add(batch: LedgerBatch, images: number): void;
  /**
   * What was gathered so far.
   *
   * @throws if that is nothing.
   */
  summary(): LedgerSummary;
}

const probeKinds = ['mean-input', 'spike-count', 'residual-potential', 'mean-value'] as const satisfies ProbeKind[];

/**
 * The error ledger of a spiking network (METHOD §5): at every layer of neurons, how its rates differ from the activations of
 * the source network, in four parts that sum to the difference. The rates are from a simulation and the activations from a run of the
 * source network on the same images; nothing is computed from the one for the other.
 *
 * The source may be the trained network, its batch norms folded or not, or the quantized one: f is the activation at its
 * site of the neuron's name. θ, V(0) and the activation's parameters may be per channel or neuron.
 *
 * @param source its activation sites bear the names of the neurons
 * @param steps T
 * @throws {NetworkError} if a neuron has no site of its name and shape in the source, or no charge balance; with all of
 *   them named.
 */
export function errorLedger(source: LedgerSource, spiking: LedgerSpiking, steps: number): ErrorLedger {
  if (!Number.isSafeInteger(steps) || steps < 1) {
    throw new Error(`The number of time steps must be an integer of at least 1, not ${steps}.`);
  }
  const sites = ledgerSites(source, spiking);
  const layers = new Map<string, LayerSums>(sites.map((site) => [site.node, layerSums(site)]));
  const shapes = inferShapes(spiking.network);
  const outputs = outputsOf(source.network, spiking.network).map((node) => {
    const shape = shapeAt(shapes, node);
    return { node, size: sizeOf(shape), sums: outputSums(node, shape.at(-1) ?? 1) };
  });
  let images = 0;

  return {
    probes: sites.flatMap(({ node }) => probeKinds.map((kind) => ({ kind, node }))),
    record: [
      ...new Set([
        ...sites.flatMap(({ node, preActivation }) => [preActivation, node]),
        ...outputs.map(({ node }) => node),
      ]),
    ],
    add: (batch, count) => {
      expectImages(count);
      if (batch.spiking.steps !== steps) {
        throw new Error(
          `This batch was simulated for ${batch.spiking.steps} steps, and the ledger is for ${steps}; keep T the same.`,
        );
      }
      const values = batchValues(batch, count);
      for (const site of sites) {
        const at = (kind: ProbeKind) => values.record(site.node, kind, site.neurons);
        layers.get(site.node)?.add({
          steps,
          preActivation: values.source(site.preActivation, site.neurons),
          activation: values.source(site.node, site.neurons),
          meanInput: at('mean-input'),
          count: at('spike-count'),
          residual: at('residual-potential'),
          rate: at('mean-value'),
        });
      }
      for (const { node, size, sums } of outputs) sums.add(values.source(node, size), values.output(node, size));
      images += count;
    },
    summary: () => {
      if (images === 0)
        throw new Error('No batch has been added yet; call add(batch, images) after running both networks.');
      return {
        steps,
        images,
        layers: [...layers.values()].map((layer) => layer.summary()),
        outputs: outputs.map(({ sums }) => sums.summary()),
      };
    },
  };
}

/** Reads a batch, and refuses what does not fit. */
function batchValues({ source, spiking }: LedgerBatch, images: number) {
  const sized = (what: string, data: ArrayLike<number> | undefined, size: number): ArrayLike<number> => {
    if (data === undefined) throw new Error(`${what} is missing.`);
    if (data.length === size * images) return data;
    throw new Error(`${what} has ${data.length} values, where ${images} images of ${size} make ${size * images}.`);
  };
  return {
    source: (node: string, size: number) =>
      sized(`The source network's value at '${node}' (run it with ledger.record)`, source.get(node), size),
    record: (node: string, kind: ProbeKind, size: number) => {
      const found = spiking.records.find(({ probe }) => probe.node === node && probe.kind === kind);
      return sized(`The '${kind}' record of '${node}' (simulate with ledger.probes)`, found?.data, size);
    },
    output: (node: string, size: number) => {
      const means = spiking.outputs.get(node)?.data;
      return sized(`The spiking network's output '${node}'`, means?.subarray(means.length - size * images), size);
    },
  };
}

function ledgerSites(source: LedgerSource, spiking: LedgerSpiking): readonly LedgerSite[] {
  const neurons = spiking.network.nodes.filter((node) => node.op === 'neuron');
  if (neurons.length === 0) {
    throw new Error('The network has no neurons, so it has no errors to account for; convert it first.');
  }
  const context = {
    source,
    spiking,
    sourceShapes: inferShapes(source.network),
    shapes: inferShapes(spiking.network),
    readings: siteReadings(spiking.network),
  };
  const problems: { readonly subject: string; readonly message: string }[] = [];
  const sites = neurons.flatMap((node) => {
    try {
      return [ledgerSite(node, context)];
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  });
  if (problems.length > 0) throw new NetworkError(problems);
  return sites;
}

interface LedgerContext {
  readonly source: LedgerSource;
  readonly spiking: LedgerSpiking;
  readonly sourceShapes: ReadonlyMap<string, Shape>;
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly readings: ReadonlyMap<string, readonly string[]>;
}

function ledgerSite(
  { name, neuron }: NodeOf<'neuron'>,
  { source, spiking, sourceShapes, shapes, readings }: LedgerContext,
): LedgerSite {
  const refuse = (message: string): NetworkError => new NetworkError([{ subject: name, message }]);
  const activationNodes = source.network.nodes.filter((node) => node.op === 'activation');
  const counterpart = activationNodes.find((node) => node.name === name);
  if (counterpart === undefined) {
    const names = activationNodes.map((node) => node.name);
    throw refuse(
      `its rates are compared with the source network's activation of the same name. ${unknownName('activation site', name, names)}`,
    );
  }
  const shape = shapeAt(shapes, name);
  const sourceShape = shapeAt(sourceShapes, name);
  if (!sameShape(shape, sourceShape)) {
    throw refuse(
      `its neurons are ${describeShape(shape)}, but the source network's activations here ${describeShape(sourceShape)}`,
    );
  }
  const activation = source.activations.get(name);
  const model = spiking.neurons.get(name);
  if (activation === undefined)
    throw refuse(`no activation model was given for the source's '${counterpart.activation.kind}'`);
  if (model === undefined) throw refuse(`no neuron model was given for '${neuron.kind}'`);
  return {
    node: name,
    preActivation: counterpart.inputs[0],
    neurons: sizeOf(shape),
    reads: readings.get(name) ?? [],
    activation: (z, values) => activation.reference(z, values),
    values: siteValues(source.network, name, counterpart.activation, shape),
    charges: siteValues(spiking.network, name, neuron, shape).map((values) => neuronCharge(name, model, values)),
  };
}

function outputsOf(source: Network, spiking: Network): readonly string[] {
  const names = (network: Network) => network.nodes.filter(({ op }) => op === 'output').map(({ name }) => name);
  const known = names(source);
  const outputs = names(spiking);
  const missing = outputs.filter((name) => !known.includes(name));
  if (missing.length > 0) {
    throw new NetworkError(
      missing.map((name) => ({
        subject: name,
        message: `it is compared with the source network's output of the same name. ${unknownName('output', name, known)}`,
      })),
    );
  }
  return outputs;
}
