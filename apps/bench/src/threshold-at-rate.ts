import { defaultSiteConversions, foldBatchNorm, toSpiking } from '@rheobase/converter';
import { bind } from '@rheobase/execution';
import type { ImageBatch, Network, NeuronNode, Parameter } from '@rheobase/network';
import {
  constantParameter,
  freeName,
  isSpiking,
  ownValue,
  parameterOf,
  withoutUnusedParameters,
} from '@rheobase/network';
import { tensor } from '@tensorflow/tfjs-core';

/** How often neurons are to fire. */
export interface WantedRate {
  /** Spikes of a neuron and step, above 0 and below ½. */
  readonly rate: number;
  /** T. */
  readonly steps: number;
}

/**
 * A spiking network of an analog one with ReLU, whose thresholds are such that the neurons of every layer fire at one rate on some images:
 * a network without training that fires as a trained one does. V(0) is θ/2. Layer by layer from the input, as each layer's current depends
 * on those before it.
 *
 * @throws naming the layer, if too few of its neurons are ever excited to fire so often.
 */
export function spikingAtRate(
  source: Network,
  images: ImageBatch,
  wanted: WantedRate,
  conversions = defaultSiteConversions,
): Network {
  const folded = foldBatchNorm(source);
  const sites = folded.nodes.flatMap(({ op, name }) => (op === 'activation' ? [name] : []));
  let network = toSpiking(folded, { conversions, thresholds: new Map(sites.map((site) => [site, 1])) });
  for (const node of network.nodes) {
    if (node.op !== 'neuron') continue;
    const currents = currentsOf(network, node, images, wanted.steps);
    network = withThreshold(network, node, thresholdFor(node.name, currents, wanted.rate));
  }
  return network;
}

/** The currents of a population, by step; one alone where it is the same at every step. */
interface Currents {
  readonly steps: number;
  readonly data: readonly Float32Array[];
}

/** Runs what lies before a population, and reads off its currents. */
function currentsOf(network: Network, node: NeuronNode, { images: data, shape }: ImageBatch, steps: number): Currents {
  const before = upTo(network, node.inputs[0]);
  const isConstant = !isSpiking(before);
  const bound = bind(before);
  const input = tensor(data, [...shape]);
  try {
    if (isConstant) {
      const { outputs } = bound.run(input);
      const values = [...outputs.values()].map((value) => {
        const own = Float32Array.from(value.dataSync());
        value.dispose();
        return own;
      });
      return { steps, data: values };
    }
    const [means] = bound.simulate(input, { steps }).outputs.values();
    if (means === undefined) throw new Error(`Nothing was read before '${node.name}'.`);
    const size = means.data.length / steps;
    const mean = (t: number, i: number): number => (t === 0 ? 0 : (means.data[(t - 1) * size + i] ?? 0));
    // What the read-out gives are means over steps 1…t; a step is what t of them have more than t − 1.
    const currents = Array.from({ length: steps }, (_, t) =>
      Float32Array.from({ length: size }, (_, i) => (t + 1) * mean(t + 1, i) - t * mean(t, i)),
    );
    return { steps, data: currents };
  } finally {
    input.dispose();
    bound.dispose();
  }
}

/** The part of a network that leads to a node, which becomes its output. */
function upTo(network: Network, name: string): Network {
  const nodes = new Map(network.nodes.map((node) => [node.name, node]));
  const wanted = new Set<string>();
  const visit = (wantedName: string): void => {
    if (wanted.has(wantedName)) return;
    wanted.add(wantedName);
    for (const input of nodes.get(wantedName)?.inputs ?? []) visit(input);
  };
  visit(name);
  const kept = network.nodes.filter((node) => wanted.has(node.name));
  return withoutUnusedParameters({
    ...network,
    nodes: [...kept, { op: 'output', name: freeName(`${name}: read`, nodes), inputs: [name] }],
  });
}

/** Spikes of a neuron and step, on currents and from V(0) = θ/2. */
function rateAt(threshold: number, { data, steps }: Currents): number {
  const [first = new Float32Array()] = data;
  let spikes = 0;
  for (let i = 0; i < first.length; i++) {
    let potential = threshold / 2;
    for (let t = 0; t < steps; t++) {
      potential += data[data.length === 1 ? 0 : t]?.[i] ?? 0;
      if (potential < threshold) continue;
      spikes += 1;
      potential -= threshold;
    }
  }
  return spikes / (first.length * steps);
}

const bisections = 24;

function thresholdFor(name: string, currents: Currents, rate: number): number {
  let most = 0;
  for (const step of currents.data) for (const value of step) most = Math.max(most, value);
  // From θ/2, a current can make its neuron fire once in T steps where T times the current is θ/2.
  let [low, high] = [most * 1e-4, 2.01 * currents.steps * most];
  const reachable = rateAt(low, currents);
  if (!(reachable > rate)) {
    throw new Error(
      `${name}: at most ${(100 * reachable).toFixed(1)} % of its neurons fire at a step on these images, and ` +
        `${(100 * rate).toFixed(1)} % are wanted. Take a lower --firing-rate, or another model.`,
    );
  }
  for (let i = 0; i < bisections; i++) {
    const middle = (low + high) / 2;
    if (rateAt(middle, currents) > rate) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function withThreshold(network: Network, { neuron }: NeuronNode, threshold: number): Network {
  const set = (part: string, value: number): readonly (readonly [string, Parameter])[] => {
    const name = ownValue(neuron.parameters, part);
    if (name === undefined) return [];
    const { role, shape } = parameterOf(network, name);
    return [[name, constantParameter(role, shape, value)]];
  };
  const changed = [...set('threshold', threshold), ...set('initialPotential', threshold / 2)];
  return { ...network, parameters: new Map([...network.parameters, ...changed]) };
}
