import { defaultActivations } from '@rheobase/activations';
import type { Activation } from '@rheobase/activations';
import type { Network, NodeOf, Parameter, ProbeRecord, Shape, SiteDefinition } from '@rheobase/network';
import { inferShapes, nodeOf, parameterOf, shapeAt, withoutUnusedParameters } from '@rheobase/network';
import type { Neuron } from '@rheobase/neurons';
import { defaultNeurons } from '@rheobase/neurons';
import { randomArray, referenceForward, referenceSimulate } from '@rheobase/testing';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { ErrorLedger, LedgerBatch } from './error-ledger.js';

/** The network with a neuron at every activation site, made by `neuron` from the site; all else untouched. */
export function spikingTwin(
  source: Network,
  neuron: (site: NodeOf<'activation'>, shape: Shape, threshold: Parameter | undefined) => SiteDefinition,
): Network {
  const shapes = inferShapes(source);
  const parameters = new Map(source.parameters);
  const nodes = source.nodes.map((node) => {
    if (node.op !== 'activation') return node;
    const own = node.activation.parameters['threshold'];
    const threshold = own === undefined ? undefined : parameterOf(source, own);
    const { kind, parameters: parts = {}, attributes = {} } = neuron(node, shapeAt(shapes, node.name), threshold);
    const names = Object.entries(parts).map(([part, parameter]) => {
      parameters.set(`${node.name}.neuron.${part}`, parameter);
      return [part, `${node.name}.neuron.${part}`] as const;
    });
    const spec = { kind, parameters: Object.fromEntries(names), attributes };
    return { op: 'neuron', name: node.name, inputs: node.inputs, neuron: spec } as const;
  });
  return withoutUnusedParameters({ ...source, nodes, parameters });
}

/** A network with the models that its sites name. */
export function withModels(network: Network): {
  readonly network: Network;
  readonly activations: ReadonlyMap<string, Activation>;
  readonly neurons: ReadonlyMap<string, Neuron>;
} {
  const activations = network.nodes.flatMap((node) =>
    node.op === 'activation' ? [[node.name, defaultActivations.get(node.activation.kind)] as const] : [],
  );
  const neurons = network.nodes.flatMap((node) =>
    node.op === 'neuron' ? [[node.name, defaultNeurons.get(node.neuron.kind)] as const] : [],
  );
  return { network, activations: new Map(activations), neurons: new Map(neurons) };
}

export function imagesFor(network: Network, seed: number, count: number): readonly Float32Array[] {
  const input = nodeOf(network, network.nodes[0]?.name ?? '');
  if (input.op !== 'input') throw new Error('the first node is no input');
  const random = xoroshiro128plus(seed);
  return Array.from({ length: count }, () => randomArray(random, input.shape, -1, 1));
}

const neuronReferences = Object.fromEntries(
  defaultNeurons.names.map((name) => {
    const { reference } = defaultNeurons.get(name);
    return [name, reference] as const;
  }),
);
const activationReferences = Object.fromEntries(
  defaultActivations.names.map((name) => {
    const { reference } = defaultActivations.get(name);
    return [name, reference] as const;
  }),
);

/** Both networks run on one image, in float64 and plain loops. */
export function referenceRun(source: Network, spiking: Network, image: Float32Array, steps: number) {
  return {
    analog: referenceForward(source, image, activationReferences),
    simulation: referenceSimulate(spiking, image, steps, neuronReferences),
  };
}

const meanOver = (steps: readonly Float64Array[]): Float64Array =>
  (steps[0] ?? new Float64Array()).map((_, i) => steps.reduce((sum, step) => sum + (step[i] ?? 0), 0) / steps.length);

const joined = (parts: readonly Float64Array[]): Float64Array => Float64Array.from(parts.flatMap((part) => [...part]));

/** The batch that engines would give, in float64 from the slow references. */
export function referenceBatch(
  ledger: ErrorLedger,
  source: Network,
  spiking: Network,
  images: readonly Float32Array[],
  steps: number,
): LedgerBatch {
  const runs = images.map((image) => referenceRun(source, spiking, image, steps));
  const records = ledger.probes.map((probe): ProbeRecord => {
    const perImage = runs.map(({ simulation }) => {
      const at = (values: ReadonlyMap<string, readonly Float64Array[]>, name = probe.node) => values.get(name) ?? [];
      switch (probe.kind) {
        case 'spike-count':
          return meanOver(at(simulation.spikes)).map((mean) => Math.round(mean * steps));
        case 'residual-potential':
          return at(simulation.potentials).at(-1) ?? new Float64Array();
        case 'mean-input':
          return meanOver(at(simulation.values, nodeOf(spiking, probe.node).inputs[0]));
        case 'mean-value':
          return meanOver(at(simulation.values));
        default:
          throw new Error(`no ${probe.kind} here`);
      }
    });
    const data = joined(perImage);
    return { probe, shape: [data.length], data };
  });
  const outputs = spiking.nodes.filter(({ op }) => op === 'output');
  return {
    source: new Map(
      ledger.record.map((name) => [name, joined(runs.map(({ analog }) => analog.get(name) ?? new Float64Array()))]),
    ),
    spiking: {
      steps,
      records,
      outputs: new Map(
        outputs.map(({ name }) => {
          const last = joined(runs.map(({ simulation }) => simulation.values.get(name)?.at(-1) ?? new Float64Array()));
          return [name, { shape: [1, last.length], data: Float32Array.from(last) }];
        }),
      ),
    },
  };
}
