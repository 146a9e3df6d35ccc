import '@tensorflow/tfjs-backend-wasm';
import { convert, toInteger } from '@rheobase/converter';
import { eventEngine } from '@rheobase/event-engine';
import { bind } from '@rheobase/execution';
import type { AttributeDefinition, Network, NeuronDynamics, ParameterDefinition, Probe } from '@rheobase/network';
import { knownNeurons, networkBuilder, neuronDefinitions, scalarParameter } from '@rheobase/network';
import type { Neuron } from '@rheobase/neurons';
import { defaultNeurons, describedNeuron } from '@rheobase/neurons';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import type { RandomSite } from '@rheobase/testing';
import { clipSite, imageFor, networkArbitrary, referenceSimulate, spikeDifferences } from '@rheobase/testing';
import { setBackend, tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

const steps = 5;
const { threshold, initialPotential } = neuronDefinitions.if.parameters;
const loss = { role: 'dynamics', initial: 0.875, minimum: 0, maximum: 1, summary: 'λ' } satisfies ParameterDefinition;
const window = { minimum: 1, maximum: 64, integer: true, initial: 4, summary: 'T' } satisfies AttributeDefinition;
const slope = { minimum: 0, maximum: 1, nonzero: true, summary: 'α' } satisfies AttributeDefinition;
const most = { minimum: 1, maximum: 16, integer: true, initial: 3, summary: 'Γ' } satisfies AttributeDefinition;

function neuronWith(
  kind: string,
  dynamics: NeuronDynamics,
  attributes: Readonly<Record<string, AttributeDefinition>>,
): Neuron {
  const parameters = { threshold, initialPotential, loss };
  return describedNeuron({ kind, summary: 'for a test', parameters, attributes, dynamics });
}

const leakySite: RandomSite = {
  op: 'activation',
  define: () => ({ kind: 'leaky-relu', attributes: { slope: 0.25 } }),
};

/** Neurons that no file but this one knows, and what they stand for. */
const cases: readonly (readonly [Neuron, RandomSite])[] = [
  [neuronWith('leaky-shifted', { reset: 'soft', leak: 'loss', shift: 'window' }, { window }), clipSite],
  [neuronWith('leaky-hard', { reset: 'hard', leak: 'loss' }, {}), clipSite],
  [
    neuronWith(
      'leaky-signed',
      { reset: 'soft', leak: 'loss', negative: { rule: 'signed', slope: 'slope' } },
      { slope },
    ),
    leakySite,
  ],
  [neuronWith('leaky-burst', { reset: 'soft', leak: 'loss', counts: 'most' }, { most }), clipSite],
];

const firingNodes = ({ nodes }: Network) => nodes.flatMap(({ op, name }) => (op === 'neuron' ? [name] : []));
const flat = (all: readonly Float64Array[] = []): readonly number[] => all.flatMap((step) => [...step]);

beforeAll(async () => {
  await setBackend('wasm');
  await registerTrainingKernels();
});

describe.each(cases)('a custom neuron: $kind', (neuron, site) => {
  const neurons = defaultNeurons.with([neuron.kind, neuron]);
  const references = { [neuron.kind]: neuron.reference.bind(neuron) };
  const networks = networkArbitrary({ site, features: ['residual', 'stridedConv', 'avgPool'] })
    .filter(({ nodes }) => nodes.some(({ op }) => op === 'activation'))
    .map((source) => {
      const sites = source.nodes.flatMap(({ op, name }) => (op === 'activation' ? [[name, 1] as const] : []));
      const thresholds = site === leakySite ? { thresholds: new Map(sites) } : {};
      return convert(source, { neuron: neuron.kind, neurons, steps, ...thresholds }).network;
    });
  const shapeOf = ({ nodes }: Network) => nodes.flatMap((node) => (node.op === 'input' ? [...node.shape] : []));

  it('converts, and fires on tfjs and in the event engine as its reference does', async () => {
    await fc.assert(
      fc.asyncProperty(networks, fc.integer(), async (network, seed) => {
        const image = imageFor(network, seed);
        const batch = { shape: [1, ...shapeOf(network)], images: image };
        const probes = firingNodes(network).map((node): Probe => ({ kind: 'spikes', node }));
        const reference = referenceSimulate(network, image, steps, references);
        const bound = bind(network, { neurons });
        const input = tensor(image, [...batch.shape]);
        const engine = await eventEngine(network, { neurons });
        for (const { records } of [
          bound.simulate(input, { steps, probes }),
          engine.simulate(batch, { steps, probes }),
        ]) {
          const spikes = new Map(records.map(({ probe, data }) => [probe.node, data]));
          const found = spikeDifferences(network, reference, (node) => spikes.get(node) ?? [], neurons);
          for (const { margin } of found) expect(margin).toBeLessThan(1e-4);
        }
        input.dispose();
        bound.dispose();
      }),
      { seed: 16, numRuns: 20 },
    );
  });

  it('runs in integers, equal to the reference in every spike and potential', async () => {
    await fc.assert(
      fc.asyncProperty(networks, fc.integer(), async (source, seed) => {
        const { network } = toInteger(source, { inputMaximum: 2, neurons });
        const image = imageFor(network, seed);
        const probes = firingNodes(network).flatMap((node): readonly Probe[] => [
          { kind: 'spikes', node },
          { kind: 'residual-potential', node },
        ]);
        const engine = await eventEngine(network, { neurons });
        const { records } = engine.simulate({ shape: [1, ...shapeOf(network)], images: image }, { steps, probes });
        const reference = referenceSimulate(network, image, steps, {}, neurons);
        expect(engine.precision).toBe('int8');
        for (const { probe, data } of records) {
          const expected =
            probe.kind === 'spikes'
              ? flat(reference.spikes.get(probe.node))
              : flat(reference.potentials.get(probe.node)?.slice(-1)).map(Math.fround);
          expect([...data].map((x) => x + 0)).toEqual(expected.map((x) => x + 0));
        }
      }),
      { seed: 17, numRuns: 20 },
    );
  });

  it('is unknown to a registry that does not have it', async () => {
    const [network = { nodes: [], parameters: new Map(), metadata: {} }] = fc.sample(networks, { seed: 1, numRuns: 1 });
    await expect(eventEngine(network)).rejects.toThrow(`There is no neuron '${neuron.kind}'`);
    expect(() => toInteger(network, { inputMaximum: 2 })).toThrow(`There is no neuron '${neuron.kind}'`);
    expect(knownNeurons.has(neuron.kind)).toBe(false);
  });
});

describe('a neuron without a descriptor', () => {
  it('is refused by the event engine, naming the node and the neuron, and told where it runs', async () => {
    const { dynamics: _, ...bare } = neuronDefinitions.if;
    const neurons = knownNeurons.with(['mine', { ...bare, kind: 'mine' }]);
    const build = networkBuilder();
    const parameters = {
      threshold: scalarParameter('threshold', 1),
      initialPotential: scalarParameter('initialPotential', 0),
    };
    build.output('y', build.neuron('cells', build.input('x', [2]), { kind: 'mine', parameters }));
    await expect(eventEngine(build.build(), { neurons })).rejects.toThrow(
      /^cells: .*its neuron 'mine' has a .*step.*, for which there is no kernel; it runs on tfjs/,
    );
  });
});
