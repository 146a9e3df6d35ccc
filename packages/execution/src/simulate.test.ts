import type { Network, Parameter, Probe, ProbeRecord } from '@rheobase/network';
import {
  analogHead,
  broadcast,
  float32Parameter,
  inferShapes,
  networkBuilder,
  nodeOf,
  parameterOf,
  shapeAt,
} from '@rheobase/network';
import { defaultNeurons } from '@rheobase/neurons';
import type { RandomFeature, RandomSite } from '@rheobase/testing';
import {
  expectClose,
  integrateAndFireSite,
  networkArbitrary,
  randomFeatures,
  referenceSimulate,
  stepBiasAt,
  withRandomStepBiases,
} from '@rheobase/testing';
import { memory, tensor, zeros } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { bind } from './bind.js';
import { inputsFor } from './random-inputs.fixture.js';
import { startTensorBackend } from './tensor-backend.js';

beforeAll(() => startTensorBackend());

const signedSite: RandomSite = {
  op: 'neuron',
  define: (random, shape) => {
    const { parameters = {} } = integrateAndFireSite.define(random, shape);
    return { kind: 'signed-if', parameters, attributes: { slope: 0.25 } };
  },
};

function spikingNetworks(site: RandomSite, features: readonly RandomFeature[]): fc.Arbitrary<Network> {
  return networkArbitrary({ site, features }).filter(({ nodes }) => nodes.some((node) => node.op === 'neuron'));
}

function dataOf(records: readonly ProbeRecord[], kind: Probe['kind'], node: string): ProbeRecord['data'] {
  const record = records.find(({ probe }) => probe.kind === kind && probe.node === node);
  if (record === undefined) throw new Error(`no record of ${kind} at ${node}`);
  return record.data;
}

/** Every parameter rounded to a multiple of 1/32, θ to a power of two, so that float32 sums are exact in any order. */
function dyadic(network: Network): Network {
  const parameters = new Map<string, Parameter>();
  for (const [name, parameter] of network.parameters) {
    const { role, shape, data } = parameter;
    if (role === 'indices') {
      parameters.set(name, parameter);
      continue;
    }
    const rounded = Float32Array.from(data, (value) =>
      role === 'threshold' ? 2 ** Math.round(Math.log2(value)) : Math.floor(value * 32 + 0.5) / 32,
    );
    parameters.set(name, float32Parameter(role, shape, rounded));
  }
  return { ...network, parameters };
}

describe('simulate', () => {
  for (const [kind, site, below] of [
    ['soft-reset', integrateAndFireSite, 1],
    ['asymmetric signed', signedSite, 4],
  ] as const) {
    it(`keeps the identity of every ${kind} neuron of random networks: what it fired is what came in, less the rest`, () => {
      const steps = 7;
      fc.assert(
        fc.property(spikingNetworks(site, randomFeatures), fc.noShrink(fc.integer()), (network, seed) => {
          const bound = bind(network);
          const neurons = network.nodes.filter((node) => node.op === 'neuron');
          const kinds = ['spikes', 'mean-input', 'residual-potential'] as const;
          const { batch } = inputsFor(network, 2, seed);
          const { records } = bound.simulate(batch, {
            steps,
            probes: neurons.flatMap(({ name }) => kinds.map((probe) => ({ kind: probe, node: name }))),
          });
          for (const { name, neuron } of neurons) {
            const shape = shapeAt(inferShapes(network), name);
            const theta = broadcast(parameterOf(network, neuron.parameters.threshold ?? ''), shape);
            const start = broadcast(parameterOf(network, neuron.parameters.initialPotential ?? ''), shape);
            const spikes = dataOf(records, 'spikes', name);
            const rest = dataOf(records, 'residual-potential', name);
            const meanInput = dataOf(records, 'mean-input', name);
            const size = meanInput.length;
            const fired = Float64Array.from({ length: size }, (_, i) => {
              let sum = 0;
              for (let t = 0; t < steps; t++) {
                const s = spikes[t * size + i] ?? Number.NaN;
                sum += s < 0 ? below * s : s;
              }
              return ((theta[i] ?? Number.NaN) * sum) / steps;
            });
            const expected = fired.map(
              (_, i) => (meanInput[i] ?? 0) + ((start[i] ?? Number.NaN) - (rest[i] ?? 0)) / steps,
            );
            expectClose(fired, expected, { absolute: 2e-5, relative: 1e-5 });
          }
          batch.dispose();
          bound.dispose();
        }),
        { numRuns: 80, seed: 3 },
      );
    });
  }

  it('refuses frames that are not as many as the steps', () => {
    const [network = { nodes: [], parameters: new Map(), metadata: {} }] = fc.sample(
      spikingNetworks(integrateAndFireSite, randomFeatures),
      { seed: 1, numRuns: 1 },
    );
    const input = network.nodes.find((node) => node.op === 'input');
    const bound = bind(network);
    const batch = zeros([2, 1, ...(input?.op === 'input' ? input.shape : [])]);
    expect(() => bound.simulate(batch, { steps: 3 })).toThrow(/it was given 2 frames.*3 steps are to be simulated/);
    batch.dispose();
    bound.dispose();
  });

  it('equals the slow reference spike for spike where float32 is exact, for images and for frames, with spikes worth θ and worth one', () => {
    // Excludes divisors that are not powers of two.
    const inexact = ['batchNorm', 'avgPool', 'upsample', 'denseHidden'];
    const features: RandomFeature[] = [
      ...randomFeatures.filter((feature) => !inexact.includes(feature)),
      'gather',
      'analogHead',
    ];
    const steps = 6;
    let compared = 0;
    let headNodes = 0;
    fc.assert(
      fc.property(spikingNetworks(integrateAndFireSite, features), fc.noShrink(fc.integer()), (random, seed) => {
        const nodes = random.nodes.map((node) =>
          node.op === 'neuron' && seed % 3 === 0 ? { ...node, spikeValue: 'one' as const } : node,
        );
        const whole = { ...random, nodes };
        // Fewer rows than steps, as many, and more.
        const network = dyadic(seed % 2 === 0 ? withRandomStepBiases(whole, seed) : whole);
        const frames = seed % 2 === 0 ? steps : 1;
        const { images } = inputsFor(network, 2 * frames, seed);
        const exact = images.map((image) => image.map((value) => Math.floor(value * 32 + 0.5) / 32));
        const input = network.nodes.find((node) => node.op === 'input');
        const neurons = network.nodes.filter((node) => node.op === 'neuron');
        const bound = bind(network);
        const batch = tensor(Float32Array.from(exact.flatMap((image) => [...image])), [
          ...(frames > 1 ? [frames] : []),
          2,
          ...(input?.shape ?? []),
        ]);
        const probes = neurons.flatMap(({ name }): Probe[] => [
          { kind: 'spikes', node: name },
          { kind: 'spike-count', node: name },
          { kind: 'events', node: name },
          { kind: 'residual-potential', node: name },
          { kind: 'mean-input', node: name },
          { kind: 'mean-value', node: name },
        ]);
        const inHead = network.nodes.filter(({ name }) => analogHead(network).has(name));
        probes.push(...inHead.map(({ name }) => ({ kind: 'mean-value', node: name }) as const));
        const result = bound.simulate(batch, { steps, probes });
        const references = [0, 1].map((n) =>
          referenceSimulate(network, (t) => exact[2 * (t % frames) + n] ?? new Float32Array(), steps),
        );
        for (const { name } of neurons) {
          const spikes = dataOf(result.records, 'spikes', name);
          const size = spikes.length / steps / 2;
          const at = (t: number): number[] =>
            references.flatMap((reference) => [...(reference.spikes.get(name)?.[t] ?? [])]);
          const all = Array.from({ length: steps }, (_, t) => at(t));
          expectClose(spikes, all.flat(), { absolute: 0 });
          const counts = all[0]?.map((_, i) => all.reduce((sum, now) => sum + (now[i] ?? 0), 0)) ?? [];
          expectClose(dataOf(result.records, 'spike-count', name), counts, { absolute: 0 });
          expectClose(
            dataOf(result.records, 'events', name),
            all.map((now) => now.reduce((sum, s) => sum + Math.abs(s), 0)),
            { absolute: 0 },
          );
          const rest = references.flatMap((reference) => [...(reference.potentials.get(name)?.at(-1) ?? [])]);
          expectClose(dataOf(result.records, 'residual-potential', name), rest, { absolute: 1e-6 });
          const node = nodeOf(network, name);
          const inputs = references.flatMap(({ values }) => {
            const currents = values.get(node.inputs[0] ?? '') ?? [];
            return Array.from({ length: size }, (_, i) => {
              const biasAt = (t: number) => (node.op === 'neuron' ? stepBiasAt(node, network, t, i) : 0);
              return currents.reduce((sum, now, t) => sum + (now[i] ?? 0) + biasAt(t), 0) / steps;
            });
          });
          expectClose(dataOf(result.records, 'mean-input', name), inputs, { absolute: 1e-5 });
          compared += size * steps * 2;
        }
        for (const { name } of inHead) {
          const expected = references.flatMap((reference) => [...(reference.values.get(name)?.at(-1) ?? [])]);
          expectClose(dataOf(result.records, 'mean-value', name), expected, { absolute: 2e-5, relative: 2e-5 });
          headNodes += 1;
        }
        for (const [name, { data }] of result.outputs) {
          const expected = Array.from({ length: steps }, (_, t) =>
            references.flatMap((reference) => [...(reference.values.get(name)?.[t] ?? [])]),
          ).flat();
          expectClose(data, expected, { absolute: 1e-5, relative: 1e-5 });
        }
        batch.dispose();
        bound.dispose();
      }),
      { numRuns: 80, seed: 4 },
    );
    expect(compared).toBeGreaterThan(50_000);
    expect(headNodes).toBeGreaterThan(200);
  });

  it('gives QC(input) at T = L for a constant input, but for inputs within 1e-5·θ of a rounding boundary', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 32 }),
        fc.float({ min: Math.fround(0.1), max: 10, noNaN: true }),
        fc.array(fc.float({ min: -2, max: 3, noNaN: true }), { minLength: 20, maxLength: 20 }),
        (levels, theta, shares) => {
          const inputs = Float32Array.from(shares, (share) => share * theta);
          const builder = networkBuilder();
          const neuron = builder.neuron('neuron', builder.input('x', [inputs.length]), {
            kind: 'if',
            parameters: {
              threshold: float32Parameter('threshold', [], [theta]),
              initialPotential: float32Parameter('initialPotential', [], [theta / 2]),
            },
          });
          builder.output('y', neuron);
          const bound = bind(builder.build());
          const batch = tensor(inputs.slice(), [1, inputs.length]);
          const means = bound.simulate(batch, { steps: levels }).outputs.get('y')?.data.slice(-inputs.length) ?? [];
          batch.dispose();
          bound.dispose();
          inputs.forEach((input, i) => {
            const u = (input * levels) / theta + 0.5;
            // A boundary in u is levels/θ wide in the input, the accuracy of float32 sums over T steps.
            if (Math.abs(u - Math.round(u)) < 1e-5 * levels) return;
            const expected = (theta * Math.min(Math.max(Math.floor(u), 0), levels)) / levels;
            expect(Math.abs((means[i] ?? Number.NaN) - expected)).toBeLessThan(1e-5 * theta);
          });
        },
      ),
      { numRuns: 200, seed: 6 },
    );
  });

  it('weighs events by neuron', () => {
    const network = small();
    const bound = bind(network);
    const batch = tensor([1, 1, 0.5, 0], [2, 2]);
    const weights = Float32Array.from([10, 1]);
    const { records } = bound.simulate(batch, {
      steps: 2,
      probes: [{ kind: 'events', node: 'neuron', weights }],
    });
    // θ = 1, V(0) = ½: the input 1 fires at every step, ½ at every other one, starting with the first.
    expect(Array.from(records[0]?.data ?? [])).toEqual([21, 11]);
    batch.dispose();
    bound.dispose();
  });

  it('runs every registered neuron model, and leaves no tensor behind', () => {
    const before = memory().numTensors;
    for (const kind of defaultNeurons.names) {
      const model = defaultNeurons.get(kind);
      const builder = networkBuilder();
      const parameters = Object.fromEntries(
        Object.entries(model.parameters).map(([part, { role, initial }]) => [
          part,
          float32Parameter(role, [], [initial]),
        ]),
      );
      const attributes = Object.fromEntries(
        Object.entries(model.attributes).map(([name, { initial, maximum, integer }]) => [
          name,
          initial ?? (integer ? 2 : (maximum ?? 1) / 2),
        ]),
      );
      builder.output('y', builder.neuron('neuron', builder.input('x', [3]), { kind, parameters, attributes }));
      const bound = bind(builder.build());
      const batch = tensor([0.2, 0.7, 1.4], [1, 3]);
      const { outputs } = bound.simulate(batch, {
        steps: 4,
        probes: (['spikes', 'spike-count', 'events', 'residual-potential', 'mean-input', 'mean-value'] as const).map(
          (probe) => ({ kind: probe, node: 'neuron' }),
        ),
      });
      expect(outputs.get('y')?.shape).toEqual([4, 1, 3]);
      batch.dispose();
      bound.dispose();
    }
    expect(memory().numTensors).toBe(before);
  });

  it('refuses what it cannot simulate, naming the node', () => {
    const analog = networkBuilder();
    analog.output('y', analog.activation('site', analog.input('x', [2]), { kind: 'relu' }));
    const bound = bind(analog.build());
    const batch = tensor([1, 2], [1, 2]);
    expect(() => bound.simulate(batch, { steps: 1 })).toThrow(/has no neurons/);
    bound.dispose();

    const spiking = bind(small());
    expect(() => spiking.simulate(batch, { steps: 0 })).toThrow(/integer of at least 1, not 0/);
    expect(() => spiking.simulate(batch, { steps: 1, probes: [{ kind: 'spikes', node: 'x' }] })).toThrow(
      /x: .*needs a neuron/,
    );
    expect(() => spiking.simulate(batch, { steps: 1, probes: [{ kind: 'spikes', node: 'z' }] })).toThrow(
      /z: .*no such node/,
    );
    expect(() =>
      spiking.simulate(batch, { steps: 1, probes: [{ kind: 'events', node: 'neuron', weights: new Float32Array(3) }] }),
    ).toThrow(/3 weights for the 2 neurons/);
    expect(() => spiking.run(batch)).toThrow(/neuron: .*call simulate/);
    batch.dispose();
    spiking.dispose();
  });

  it('refuses a network converted in part, naming the activation that was left', () => {
    const builder = networkBuilder();
    const neuron = builder.neuron('neuron', builder.input('x', [2]), {
      kind: 'if',
      parameters: {
        threshold: float32Parameter('threshold', [], [1]),
        initialPotential: float32Parameter('initialPotential', [], [0.5]),
      },
    });
    builder.output('y', builder.activation('left', neuron, { kind: 'relu' }));
    const bound = bind(builder.build());
    const batch = tensor([1, 2], [1, 2]);
    expect(() => bound.simulate(batch, { steps: 1 })).toThrow(/left: .*never converted/);
    batch.dispose();
    bound.dispose();
  });
});

function small(): Network {
  const builder = networkBuilder();
  const neuron = builder.neuron('neuron', builder.input('x', [2]), {
    kind: 'if',
    parameters: {
      threshold: float32Parameter('threshold', [], [1]),
      initialPotential: float32Parameter('initialPotential', [], [0.5]),
    },
  });
  builder.output('y', neuron);
  return builder.build();
}

describe('simulate from given potentials', () => {
  it('goes on as though it had never stopped: two runs are one, step by step', () => {
    fc.assert(
      fc.property(spikingNetworks(signedSite, randomFeatures), fc.noShrink(fc.integer()), (network, seed) => {
        const bound = bind(network);
        const names = network.nodes.flatMap(({ op, name }) => (op === 'neuron' ? [name] : []));
        const { batch } = inputsFor(network, 2, seed);
        const spikes: readonly Probe[] = names.map((node) => ({ kind: 'spikes', node }));
        const rest: readonly Probe[] = names.map((node) => ({ kind: 'residual-potential', node }));
        const whole = bound.simulate(batch, { steps: 5, probes: spikes });
        const first = bound.simulate(batch, { steps: 2, probes: [...spikes, ...rest] });
        const potentials = new Map(
          names.map((name) => [name, Float32Array.from(dataOf(first.records, 'residual-potential', name))]),
        );
        const then = bound.simulate(batch, { steps: 3, probes: spikes, potentials });
        for (const name of names) {
          const parts = [first, then].flatMap(({ records }) => [...dataOf(records, 'spikes', name)]);
          expect(parts).toEqual([...dataOf(whole.records, 'spikes', name)]);
        }
        bound.dispose();
      }),
      { seed: 21, numRuns: 20 },
    );
  });

  it('keeps a neuron silent that starts at −∞, and refuses potentials that fit no neuron', () => {
    const build = networkBuilder();
    const parameters = {
      threshold: float32Parameter('threshold', [], [1]),
      initialPotential: float32Parameter('initialPotential', [], [0.5]),
    };
    build.output('rate', build.neuron('cells', build.input('current', [2]), { kind: 'if', parameters }));
    const bound = bind(build.build());
    const batch = tensor([[3, 3]]);
    const before = memory().numTensors;
    const run = (node: string, given: readonly number[]) => () =>
      bound.simulate(batch, { steps: 3, potentials: new Map([[node, Float32Array.from(given)]]) });
    expect([...(run('cells', [-Infinity, 0])().outputs.get('rate')?.data ?? [])]).toEqual([0, 1, 0, 1, 0, 1]);
    expect(run('current', [0, 0])).toThrow(/current: potentials are given for it, but it is not a neuron/);
    expect(run('cells', [0])).toThrow(/cells: 1 potentials are given for it where N × neurons = 2 are needed/);
    expect(memory().numTensors).toBe(before);
    batch.dispose();
    bound.dispose();
  });
});
