import type { Network } from '@rheobase/network';
import { constantParameter, float32Parameter, networkBuilder, scalarParameter } from '@rheobase/network';
import { expectClose, integrateAndFireSite, networkArbitrary, randomFeatures } from '@rheobase/testing';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import type { Tensor } from '@tensorflow/tfjs-core';
import { clone, memory, mul, sum, tensor, tidy, variableGrads } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BoundNetwork } from './bind.js';
import { bind } from './bind.js';
import { meanOverTime } from './over-time.js';
import { inputsFor } from './random-inputs.fixture.js';
import { startTensorBackend } from './tensor-backend.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels();
});

/** tfjs-wasm-training has no gradient of upsampling. */
const networks = networkArbitrary({
  site: integrateAndFireSite,
  features: [...randomFeatures, 'gather', 'analogHead'],
}).filter(({ nodes }) => nodes.some(({ op }) => op === 'neuron') && nodes.every(({ op }) => op !== 'upsample'));

const nameOf = ({ nodes }: Network, wanted: 'input' | 'output'): string =>
  nodes.find(({ op }) => op === wanted)?.name ?? '';

function meanOf(bound: BoundNetwork, batch: Tensor, steps: number): Tensor {
  const output = nameOf(bound.network, 'output');
  const value = bound.throughRates(new Map([[nameOf(bound.network, 'input'), batch]]), [output], { steps }).get(output);
  if (value === undefined) throw new Error('no output');
  return value;
}

function firstOf(outputs: ReadonlyMap<string, Tensor>): Tensor {
  const [value] = outputs.values();
  if (value === undefined) throw new Error('no output');
  return value;
}

describe('throughRates', () => {
  it('gives the means over time of what unroll gives on random networks, up to float32', () => {
    fc.assert(
      fc.property(networks, fc.noShrink(fc.integer()), (network, seed) => {
        const { batch } = inputsFor(network, 2, seed);
        const bound = bind(network);
        const output = nameOf(network, 'output');
        tidy(() => {
          const given = new Map([[nameOf(network, 'input'), { kind: 'constant', value: batch } as const]]);
          const value = bound.unroll(given, [output], { steps: 4 }).get(output);
          if (value === undefined) throw new Error('no output');
          expectClose(meanOf(bound, batch, 4).dataSync(), meanOverTime(value, 4).dataSync(), {
            absolute: 1e-4,
            relative: 1e-4,
          });
        });
        batch.dispose();
        bound.dispose();
      }),
      { numRuns: 40, seed: 5 },
    );
  });

  it('has gradients for every live parameter behind the loss, and leaves no tensor behind', () => {
    fc.assert(
      fc.property(networks, fc.noShrink(fc.integer()), (network, seed) => {
        const before = memory().numTensors;
        const { batch } = inputsFor(network, 2, seed);
        const bound = bind(network);
        tidy(() => {
          const { grads } = variableGrads(() => sum(meanOf(bound, batch, 3)), [...bound.live.values()]);
          for (const [name, live] of bound.live) {
            expect(grads[live.name]?.shape ?? live.shape, name).toEqual(live.shape);
            expect(Array.from(grads[live.name]?.dataSync() ?? []).every(Number.isFinite), name).toBe(true);
          }
        });
        batch.dispose();
        bound.dispose();
        expect(memory().numTensors).toBe(before);
      }),
      { numRuns: 20, seed: 7 },
    );
  });

  it('has the gradient of the quantized clip where L = T and the input is even, V(0) moving with θ', () => {
    const steps = 4;
    const build = (kind: 'analog' | 'spiking'): Network => {
      const builder = networkBuilder();
      const x = builder.input('x', [3]);
      const weight = float32Parameter(
        'weight',
        [3, 5],
        [0.3, -0.2, 0.9, 0.4, 1.7, -0.5, 0.6, 0.1, 0.8, 0.2, 0.7, 0.3, -0.9, 0.5, 1.1],
      );
      const z = builder.dense('dense', x, { weight, bias: float32Parameter('bias', [5], [0.1, 0, 0.2, -0.1, 0]) });
      const threshold = scalarParameter('threshold', 0.7);
      const site =
        kind === 'analog'
          ? builder.activation('site', z, {
              kind: 'quant-clip',
              parameters: { threshold },
              attributes: { levels: steps, noise: 0 },
            })
          : builder.neuron('site', z, {
              kind: 'if',
              parameters: { threshold, initialPotential: constantParameter('initialPotential', [5], 0.35) },
            });
      builder.output('out', site);
      return builder.build();
    };
    const [analog, spiking] = [bind(build('analog')), bind(build('spiking'))];
    tidy(() => {
      const batch = tensor([0.31, 0.77, -0.2, 1.3, 0.4, 0.9, -0.6, 0.11, 0.52], [3, 3]);
      const weights = tensor(
        Array.from({ length: 15 }, (_, i) => Math.cos(i)),
        [3, 5],
      );
      const gradientsOf = (bound: BoundNetwork, run: () => Tensor): ((part: string) => readonly number[]) => {
        const { grads } = variableGrads(() => sum(mul(run(), weights)), [...bound.live.values()]);
        return (part) => {
          const [, live] = [...bound.live].find(([name]) => name.endsWith(part)) ?? [];
          return Array.from(grads[live?.name ?? '']?.dataSync() ?? []);
        };
      };
      const given = new Map([['x', batch]]);
      const mode = { kind: 'training', random: xoroshiro128plus(0) } as const;
      const expected = gradientsOf(analog, () => clone(firstOf(analog.run(batch, { mode }).outputs)));
      const actual = gradientsOf(spiking, () => firstOf(spiking.throughRates(given, ['out'], { steps })));
      for (const part of ['weight', 'bias']) {
        expectClose(actual(part), expected(part), { absolute: 1e-5, relative: 1e-5 });
      }
      const byStart = actual('initialPotential').reduce((total, value) => total + value, 0);
      expectClose([(actual('threshold')[0] ?? Number.NaN) + byStart / 2], expected('threshold'), {
        absolute: 1e-5,
        relative: 1e-5,
      });
    });
    analog.dispose();
    spiking.dispose();
  });

  it('names a neuron that has no rate slope, and an input that was not given', () => {
    const builder = networkBuilder();
    const x = builder.input('x', [2]);
    const threshold = scalarParameter('threshold', 1);
    const cells = builder.neuron('cells', x, { kind: 'if-shift', parameters: { threshold }, attributes: { steps: 2 } });
    builder.output('out', cells);
    const bound = bind(builder.build());
    tidy(() => {
      const given = new Map([['x', tensor([1, 2], [1, 2])]]);
      expect(() => bound.throughRates(given, ['out'], { steps: 2 })).toThrow(/cells.*'if-shift' has no rate slope/);
      expect(() => bound.throughRates(new Map(), ['out'], { steps: 2 })).toThrow(/this input was given no value/);
    });
    bound.dispose();
  });
});
