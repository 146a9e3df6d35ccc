import type { Network, Probe, ProbeRecord, SimulationResult } from '@rheobase/network';
import {
  constantParameter,
  inferShapes,
  isSpiking,
  networkBuilder,
  nodeOf,
  scalarParameter,
  shapeAt,
  sizeOf,
} from '@rheobase/network';
import {
  convertibleFeatures,
  expectClose,
  integrateAndFireSite,
  networkArbitrary,
  randomArray,
  referenceSimulate,
} from '@rheobase/testing';
import fc from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { energyProbes, spikeCountProbes } from './energy-probes.js';
import { fanOutOf } from './fan-out.js';
import { firingStatistics } from './firing-statistics.js';
import { operationsAt, synapticOperations } from './synaptic-operations.js';

/** The records that an engine would give, from the slow reference. */
function simulate(network: Network, images: readonly Float32Array[], steps: number, probes: readonly Probe[]) {
  const runs = images.map((image) => referenceSimulate(network, image, steps).spikes);
  const shapes = inferShapes(network);
  const records = probes.map((probe): ProbeRecord => {
    const spikes = runs.map((run): readonly Float64Array[] => run.get(probe.node) ?? []);
    if (probe.kind === 'spike-count') {
      const counts = spikes.flatMap((run) => {
        const size = sizeOf(shapeAt(shapes, probe.node));
        return Array.from({ length: size }, (_, i) => run.reduce((sum, step) => sum + (step[i] ?? 0), 0));
      });
      return { probe, shape: [images.length, ...shapeAt(shapes, probe.node)], data: Float32Array.from(counts) };
    }
    if (probe.kind !== 'events' && probe.kind !== 'firings') throw new Error(`no ${probe.kind} here`);
    const worth = (s: number, i: number): number =>
      probe.kind === 'firings' ? Number(s !== 0) : Math.abs(s) * (probe.weights?.[i] ?? 1);
    const data = new Float64Array(steps).map((_, t) =>
      spikes.reduce((sum, run) => sum + (run[t] ?? new Float64Array()).reduce((all, s, i) => all + worth(s, i), 0), 0),
    );
    return { probe, shape: [steps], data };
  });
  return { steps, records } satisfies Partial<SimulationResult>;
}

function imagesFor(network: Network, seed: number, count: number): readonly Float32Array[] {
  const input = nodeOf(network, network.nodes[0]?.name ?? '');
  if (input.op !== 'input') throw new Error('the first node is no input');
  const random = xoroshiro128plus(seed);
  return Array.from({ length: count }, () => randomArray(random, input.shape));
}

const spiking = networkArbitrary({
  site: integrateAndFireSite,
  features: convertibleFeatures.filter((feature) => feature !== 'batchNorm'),
}).filter(isSpiking);

/** input [2] → neurons → head [2 → 3]; the neurons spike as their input says. */
function pair(): Network {
  const build = networkBuilder();
  const neurons = build.neuron('neurons', build.input('x', [2]), {
    kind: 'if',
    parameters: {
      threshold: scalarParameter('threshold', 1),
      initialPotential: scalarParameter('initialPotential', 0),
    },
  });
  build.output('y', build.dense('head', neurons, { weight: constantParameter('weight', [2, 3], 1) }));
  return build.build();
}

describe('synapticOperations', () => {
  it('is Σ |s|·fan-out, cumulative over the steps, for one image', () => {
    fc.assert(
      fc.property(spiking, fc.integer(), (network, seed) => {
        const images = imagesFor(network, seed, 2);
        const { hidden, readOut } = fanOutOf(network);
        const { records } = simulate(network, images, 3, energyProbes(network));
        const operations = synapticOperations(network, records, 2);
        for (const [part, weights] of [
          ['hidden', hidden],
          ['readOut', readOut],
        ] as const) {
          let sum = 0;
          const expected = [0, 1, 2].map((t) => {
            for (const image of images) {
              for (const [name, steps] of referenceSimulate(network, image, 3).spikes) {
                steps[t]?.forEach((s, i) => {
                  sum += (Math.abs(s) * (weights.get(name)?.[i] ?? 0)) / 2;
                });
              }
            }
            return sum;
          });
          expectClose(operations[part], expected, { absolute: 1e-6 });
        }
      }),
      { seed: 14, numRuns: 15 },
    );
  });

  it('finds its records by their weights, even if they were copied or others stand between them', () => {
    const network = pair();
    const probes = [...spikeCountProbes(network), ...energyProbes(network).toReversed()];
    const { records } = simulate(network, [Float32Array.of(1, 0.5)], 4, probes);
    const copies = records.map(({ probe, ...rest }) =>
      probe.kind === 'events' && probe.weights
        ? { ...rest, probe: { ...probe, weights: probe.weights.slice() } }
        : { ...rest, probe },
    );
    const operations = synapticOperations(network, copies, 1);
    expect(operationsAt(operations, 4)).toEqual({ hidden: 0, readOut: 18 });
    expect(operationsAt(operations, 1)).toEqual({ hidden: 0, readOut: 3 });
    expect(() => operationsAt(operations, 5)).toThrow(/no step 5.*steps 1 to 4/);
  });

  it('refuses a network without neurons', () => {
    const build = networkBuilder();
    build.output('y', build.input('x', [2]));
    expect(() => synapticOperations(build.build(), [], 1)).toThrow(/no neurons/);
  });

  it('says which probe is missing', () => {
    expect(() => synapticOperations(pair(), [], 1)).toThrow(/no 'events' without weights of 'neurons'.*energyProbes/);
    const { records } = simulate(pair(), [Float32Array.of(1, 1)], 1, [{ kind: 'events', node: 'neurons' }]);
    expect(() => synapticOperations(pair(), records, 1)).toThrow(/with its fan-out as weights of 'neurons'/);
  });
});

describe('firingStatistics', () => {
  it('gives the same for many batches as for all images at once', () => {
    fc.assert(
      fc.property(spiking, fc.integer(), (network, seed) => {
        const images = imagesFor(network, seed, 3);
        const [together, apart] = [firingStatistics(network), firingStatistics(network)];
        const probes = [...together.probes, ...spikeCountProbes(network)];
        together.add(simulate(network, images, 4, probes), 3);
        for (const batch of [images.slice(0, 1), images.slice(1)]) {
          apart.add(simulate(network, batch, 4, probes), batch.length);
        }
        const [a, b] = [together.summary(), apart.summary()];
        expect(a.images).toBe(b.images);
        expectClose(a.rate, b.rate, { absolute: 1e-12 });
        expectClose(a.operations.hidden, b.operations.hidden, { absolute: 1e-9 });
        a.layers.forEach((layer, i) => {
          expectClose(layer.rate, b.layers[i]?.rate ?? [], { absolute: 1e-12 });
          expect(layer.shares).toEqual(b.layers[i]?.shares);
        });
      }),
      { seed: 15, numRuns: 10 },
    );
  });

  it('tells rates, and which neurons are silent, saturated and dead', () => {
    const network = pair();
    const statistics = firingStatistics(network);
    const probes = [...statistics.probes, ...spikeCountProbes(network)];
    statistics.add(simulate(network, [Float32Array.of(1, 0), Float32Array.of(0, 0)], 2, probes), 2);
    const { layers, rate } = statistics.summary();
    expect(layers).toEqual([
      {
        node: 'neurons',
        neurons: 2,
        spikes: Float64Array.of(0.5, 1),
        firings: Float64Array.of(0.5, 1),
        rate: Float64Array.of(0.25, 0.25),
        shares: { silent: 0.75, saturated: 0.25, dead: 0.5 },
      },
    ]);
    expect(rate).toEqual(Float64Array.of(0.25, 0.25));
  });

  it('leaves the shares out where no spike counts were asked for', () => {
    const statistics = firingStatistics(pair());
    statistics.add(simulate(pair(), [Float32Array.of(1, 0)], 2, statistics.probes), 1);
    expect(statistics.summary().layers[0]).not.toHaveProperty('shares');
  });

  it('refuses batches of other T, and to sum up nothing', () => {
    const statistics = firingStatistics(pair());
    expect(() => statistics.summary()).toThrow(/No batch has been added/);
    statistics.add(simulate(pair(), [Float32Array.of(1, 0)], 2, statistics.probes), 1);
    expect(() => statistics.add(simulate(pair(), [Float32Array.of(1, 0)], 3, statistics.probes), 1)).toThrow(
      /simulated for 3 steps, those before for 2/,
    );
    expect(() => statistics.add(simulate(pair(), [Float32Array.of(1, 0)], 2, statistics.probes), 0)).toThrow(/images/);
  });
});
