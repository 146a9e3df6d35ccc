import type { Network } from '@rheobase/network';
import { constantParameter, networkBuilder, scalarParameter } from '@rheobase/network';
import {
  clipSite,
  expectClose,
  imageFor,
  networkArbitrary,
  randomArray,
  referenceForward,
  referenceSimulate,
} from '@rheobase/testing';
import fc from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { convert } from './convert.js';
import { toSpiking } from './to-spiking.js';

/** input [n] → activation → output: every neuron gets its own constant input. */
function siteAlone(size: number, threshold: number, levels: number): Network {
  const build = networkBuilder();
  const input = build.input('z', [size]);
  const site = build.activation('site', input, {
    kind: 'quant-clip',
    parameters: { threshold: scalarParameter('threshold', threshold) },
    attributes: { levels },
  });
  build.output('y', site);
  return build.build();
}

const last = (steps: readonly Float64Array[] | undefined) => steps?.at(-1) ?? new Float64Array();

describe('a converted network', () => {
  it('gives QC(z) at T = L for a constant input z, except within 1e-5·θ of a rounding boundary', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        fc.integer({ min: 1, max: 32 }),
        fc.integer(),
        (theta, levels, seed) => {
          const network = siteAlone(64, theta, levels);
          const z = randomArray(xoroshiro128plus(seed), [64], -theta, 2 * theta);
          const analog = referenceForward(network, z).get('y') ?? [];
          const spiking = last(referenceSimulate(toSpiking(network), z, levels).values.get('y'));
          z.forEach((value, i) => {
            const scaled = (value * levels) / Math.fround(theta) + 0.5;
            // A distance of L·1e-5 in u = z·L/θ is 1e-5·θ in z.
            if (Math.abs(scaled - Math.round(scaled)) < levels * 1e-5) return;
            expect(spiking[i]).toBeCloseTo(analog[i] ?? Number.NaN, 9);
          });
        },
      ),
      { seed: 4, numRuns: 60 },
    );
  });

  it('keeps θ·mean s = mean I + (V(0) − V(T))/T on every neuron of random networks', () => {
    fc.assert(
      fc.property(
        networkArbitrary({ site: clipSite }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer(),
        (source, T, seed) => {
          const { network } = convert(source);
          const { values, potentials } = referenceSimulate(network, imageFor(network, seed), T);
          const mean = (steps: readonly Float64Array[] | undefined, i: number) =>
            (steps ?? []).reduce((sum, step) => sum + (step[i] ?? 0), 0) / T;
          for (const node of network.nodes) {
            if (node.op !== 'neuron') continue;
            const theta = network.parameters.get(node.neuron.parameters['threshold'] ?? '')?.data[0] ?? 0;
            const rates = last(potentials.get(node.name)).map((_, i) => mean(values.get(node.name), i));
            const expected = last(potentials.get(node.name)).map(
              (residual, i) => mean(values.get(node.inputs[0]), i) + (theta / 2 - residual) / T,
            );
            expectClose(rates, expected, { absolute: 1e-6 });
          }
        },
      ),
      { seed: 5, numRuns: 30 },
    );
  });

  it('comes close to its source as T grows, on random networks with clips', () => {
    fc.assert(
      fc.property(networkArbitrary({ site: clipSite }), fc.integer(), (source, seed) => {
        const { network } = convert(source);
        const image = imageFor(network, seed);
        const analog = referenceForward(source, image);
        const spiking = referenceSimulate(network, image, 256);
        for (const { op, name } of network.nodes) {
          if (op === 'output') expectClose(last(spiking.values.get(name)), analog.get(name) ?? [], { absolute: 0.2 });
        }
      }),
      { seed: 6, numRuns: 10 },
    );
  });

  it('has V(0) = θ/2 by channel where θ is by channel', () => {
    const build = networkBuilder();
    const conv = build.conv2d('conv', build.input('image', [2, 2, 1]), {
      weight: constantParameter('weight', [1, 1, 1, 2], 1),
    });
    const site = build.activation('site', conv, {
      kind: 'clip',
      parameters: { threshold: { role: 'threshold', type: 'float32', shape: [2], data: Float32Array.of(-2, 3) } },
    });
    build.output('y', site);
    const { parameters } = toSpiking(build.build());
    expect(parameters.get('site.threshold')?.data).toEqual(Float32Array.of(2, 3));
    expect(parameters.get('site.initialPotential')?.data).toEqual(Float32Array.of(1, 1.5));
  });
});
