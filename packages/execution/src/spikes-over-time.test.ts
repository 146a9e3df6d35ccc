import type { Surrogate } from '@rheobase/neurons';
import { defaultNeurons, defaultSurrogates, tanhSurrogate } from '@rheobase/neurons';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import type { Tensor } from '@tensorflow/tfjs-core';
import { add, grads, memory, mul, sum, tensor, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { beforeAll, describe, expect, it } from 'vitest';
import { spikesOverTime, stepByStep } from './spikes-over-time.js';
import type { Population } from './spikes-over-time.js';
import { startTensorBackend } from './tensor-backend.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels();
});

/** One that the kernels do not know. */
const ownSurrogate: Surrogate = {
  name: 'own',
  summary: tanhSurrogate.summary,
  initialSlope: 1,
  fire: tanhSurrogate.fire,
  derivative: tanhSurrogate.derivative,
  reference: tanhSurrogate.reference,
};

/** Values of the attributes that some neurons must be given. */
const attributes: Readonly<Record<string, number>> = { slope: 0.4, steps: 3, tolerance: 0.05 };

const pick = (values: Readonly<Record<string, number>>, names: readonly string[]): Record<string, number> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));

const parameterShapes = fc.constantFrom([], [3], [2, 2, 3]);

describe('spikes over time', () => {
  it('are the same by the fused kernel as step by step, and so are their gradients', () => {
    fc.assert(
      fc.property(
        fc.record({
          steps: fc.integer({ min: 1, max: 5 }),
          kind: fc.constantFrom('constant' as const, 'changing' as const),
          theta: parameterShapes,
          start: parameterShapes,
          leak: parameterShapes,
          slope: fc.constantFrom([], [3]),
          spikeValue: fc.constantFrom('one' as const, undefined),
          model: fc.constantFrom(...defaultNeurons.names.map((kind) => defaultNeurons.get(kind))),
          surrogate: fc.constantFrom(
            ...defaultSurrogates.names.map((name) => defaultSurrogates.get(name)),
            ownSurrogate,
          ),
          seed: fc.nat(),
        }),
        ({ steps, kind, theta, start, leak, slope: slopeShape, spikeValue, model, surrogate, seed }) => {
          const before = memory().numTensors;
          tidy(() => {
            const random = xoroshiro128plus(seed);
            const draw = (shape: readonly number[], from: number, to: number): Tensor => {
              const size = shape.reduce((product, length) => product * length, 1);
              const data = Float32Array.from({ length: size }, () => from + (to - from) * uniformFloat64(random));
              return tensor(data, [...shape]);
            };
            const takesLeak = Object.hasOwn(model.parameters, 'leak');
            const weights = draw([steps * 2, 2, 2, 3], -1, 1);
            const inputs = [
              draw([(kind === 'constant' ? 1 : steps) * 2, 2, 2, 3], -1, 2),
              draw(theta, 0.5, 1.5),
              draw(start, 0, 1),
              draw(slopeShape, 1.5, 2.5),
              ...(takesLeak ? [draw(leak, 0.5, 1)] : []),
            ];
            const run =
              (how: (population: Population) => Tensor) =>
              (...[current, threshold, initialPotential, slope, lambda]: Tensor[]): Tensor => {
                if (!current || !threshold || !initialPotential || !slope) throw new Error('an input is missing');
                const value = how({
                  model,
                  parameters: { threshold, initialPotential, ...(lambda && { leak: lambda }) },
                  attributes: pick(attributes, Object.keys(model.attributes)),
                  current: { kind, value: current },
                  steps,
                  spikeValue,
                  surrogate: { model: surrogate, slope },
                });
                // Not every neuron has an initial potential; tfjs wants every input used.
                return add(sum(mul(value, weights)), mul(0, sum(initialPotential)));
              };
            expect(run(spikesOverTime)(...inputs).dataSync()[0]).toBeCloseTo(
              run(stepByStep)(...inputs).dataSync()[0] ?? Number.NaN,
              5,
            );
            const [fast, slow] = [spikesOverTime, stepByStep].map((how) => grads(run(how))(inputs));
            inputs.forEach((input, which) => {
              const expected = slow?.[which];
              expect(fast?.[which]?.shape).toEqual(input.shape);
              const actual = fast?.[which]?.dataSync() ?? [];
              expected?.dataSync().forEach((value, i) => expect(actual[i]).toBeCloseTo(value, 3));
            });
          });
          expect(memory().numTensors).toBe(before);
        },
      ),
      { numRuns: 300, seed: 4 },
    );
  });
});
