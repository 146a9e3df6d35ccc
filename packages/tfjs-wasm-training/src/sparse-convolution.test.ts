import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { add, dispose, getKernel, grads, mul, setBackend, sum, tensor, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { GroupedConvolutionOptions } from './grouped-convolution.js';
import { groupedConv2d } from './grouped-convolution.js';
import { sparseConv2d } from './sparse-convolution.js';
import { registerTrainingKernels } from './training-kernels.js';
import { expectAgreement, randomTensor, randomValues, startKernels, valuesOn } from './two-backends.fixture.js';

beforeAll(startKernels);

interface Case {
  readonly image: readonly [number, number, number];
  readonly channels: number;
  readonly filters: number;
  readonly kernel: readonly [number, number];
  readonly options: GroupedConvolutionOptions;
  readonly bias: boolean;
  readonly density: number;
  readonly levels: number;
  readonly seed: number;
}

const size = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });

const cases: fc.Arbitrary<Case> = fc
  .record({
    image: fc.tuple(size(1, 3), size(3, 9), size(3, 9)),
    channels: size(1, 9),
    filters: size(1, 9),
    groups: size(1, 3),
    kernel: fc.constantFrom<[number, number]>([1, 1], [3, 3], [3, 2]),
    strides: fc.tuple(size(1, 2), size(1, 3)),
    dilations: fc.constantFrom<[number, number]>([1, 1], [1, 1], [2, 1], [2, 3]),
    bias: fc.boolean(),
    density: fc.constantFrom(0, 0.02, 0.17, 0.6, 1),
    levels: size(1, 3),
    seed: size(1, 1e6),
  })
  .map(({ groups, channels, filters, strides, dilations, ...rest }) => ({
    ...rest,
    channels: channels * groups,
    filters: filters * groups,
    options: {
      strides,
      dilations,
      pad: [
        [0, 0],
        [2, 1],
        [1, 3],
        [0, 0],
      ],
      groups,
    },
  }));

/** θ·s of neurons, each channel with its own θ and as many levels, spikes of both signs. */
function spikes({ image, channels, density, levels, seed }: Case): Tensor4D {
  const [uniform, sizes] = [1, 2].map((offset) =>
    randomValues(image.reduce((a, b) => a * b) * channels, seed + offset),
  );
  const values = Float32Array.from(uniform ?? [], (value, i) => {
    if ((value + 1) / 2 >= density) return 0;
    const level = Math.ceil((Math.abs(sizes?.[i] ?? 0) || 1) * levels);
    return (0.3 + 0.1 * (i % channels)) * ((sizes?.[i] ?? 0) < 0 ? -level : level);
  });
  return tensor(values, [...image, channels]) as Tensor4D;
}

function inputsOf(given: Case): readonly Tensor[] {
  const { kernel, channels, filters, options, bias, seed } = given;
  return [
    spikes(given),
    randomTensor([...kernel, channels / options.groups, filters], seed + 3),
    ...(bias ? [randomTensor([filters], seed + 4)] : []),
  ];
}

type Convolution = (x: Tensor4D, filter: Tensor4D, bias: Tensor | undefined) => Tensor4D;

/** The result of a convolution, and its gradients. */
function resultAndGradients(convolution: Convolution, given: Case): readonly Tensor[] {
  return tidy(() => {
    const inputs = inputsOf(given);
    const of = (...[x, filter, bias]: Tensor[]): Tensor4D => convolution(x as Tensor4D, filter as Tensor4D, bias);
    const y = of(...inputs);
    const weights = randomTensor(y.shape, given.seed + 5);
    return [y, ...grads((...operands: Tensor[]) => sum(mul(of(...operands), weights)))([...inputs])];
  });
}

describe('sparseConv2d', () => {
  afterEach(async () => {
    await setBackend('wasm');
    await registerTrainingKernels();
  });

  it("gives a dense convolution's result and gradients, for any spikes, on this backend and on one without kernels", () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { options } = given;
        const sparse: Convolution = (x, filter, bias) => sparseConv2d(x, filter, bias, options);
        const dense: Convolution = (x, filter, bias) => {
          const y = groupedConv2d(x, filter, options);
          return bias === undefined ? y : add(y, bias);
        };
        const expected = valuesOn('wasm', () => resultAndGradients(dense, given));
        // tfjs-backend-cpu has no gradients of dilated convolutions.
        const dilated = options.dilations.some((dilation) => dilation > 1);
        const others = {
          kernels: valuesOn('wasm', () => resultAndGradients(sparse, given)),
          composed: dilated
            ? valuesOn('cpu', () => [tidy(() => sparse(...(inputsOf(given) as [Tensor4D, Tensor4D, Tensor])))])
            : valuesOn('cpu', () => resultAndGradients(sparse, given)),
        };
        expect(others.kernels).toHaveLength(expected.length);
        for (const [who, results] of Object.entries(others)) {
          results.forEach((values, i) => expectAgreement(values, expected[i] ?? [], 1e-4, `${who}, number ${i}`));
        }
      }),
      { numRuns: 120, seed: 3 },
    );
  });

  it('is computed by the dense kernels where its own are not wanted', async () => {
    await registerTrainingKernels({ sparseConvolutions: false });
    expect(getKernel('RheobaseSparseConv2D', 'wasm') ?? undefined).toBeUndefined();
    const [given] = fc.sample(cases, { numRuns: 1, seed: 9 });
    if (given === undefined) throw new Error('no case');
    const without = valuesOn('wasm', () =>
      resultAndGradients((x, filter, bias) => sparseConv2d(x, filter, bias, given.options), given),
    );
    await registerTrainingKernels();
    expect(getKernel('RheobaseSparseConv2D', 'wasm')).toBeDefined();
    const own = valuesOn('wasm', () =>
      resultAndGradients((x, filter, bias) => sparseConv2d(x, filter, bias, given.options), given),
    );
    without.forEach((values, i) => expectAgreement(own[i] ?? [], values, 1e-4, `number ${i}`));
  });

  it('lets nothing that is not a finite number pass for silence', () => {
    const options: GroupedConvolutionOptions = {
      strides: [1, 1],
      dilations: [1, 1],
      pad: [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 0],
      ],
      groups: 1,
    };
    const finite = (broken: number, where: 'x' | 'filter' | 'dy'): readonly (readonly boolean[])[] => {
      const x = new Float32Array(2 * 16 * 4);
      x[5] = 1;
      const filter = new Float32Array(9 * 4 * 18).fill(0.5);
      const dy = new Float32Array(2 * 4 * 18).fill(0.5);
      ({ x, filter, dy })[where][where === 'x' ? 4 * (16 + 10) : 20] = broken;
      const [y, byX, byFilter] = tidy(() => {
        const inputs = [tensor(x, [2, 4, 4, 4]), tensor(filter, [3, 3, 4, 18])];
        const of = (a: Tensor, b: Tensor): Tensor => sparseConv2d(a as Tensor4D, b as Tensor4D, undefined, options);
        const gradients = grads((...[a, b]: Tensor[]) => (a && b ? of(a, b) : tensor(0)))(
          inputs,
          tensor(dy, [2, 2, 2, 18]),
        );
        return [sparseConv2d(inputs[0] as Tensor4D, inputs[1] as Tensor4D, undefined, options), ...gradients];
      }) as Tensor[];
      const read = [y, byX, byFilter].map((own) => Array.from(own?.dataSync() ?? [], Number.isFinite));
      dispose([y, byX, byFilter].filter((own) => own !== undefined));
      return read;
    };
    const filtersOf = (flags: readonly boolean[] | undefined): readonly boolean[] =>
      Array.from({ length: 18 }, (_, f) => (flags ?? []).every((flag, i) => i % 18 !== f || flag));
    for (const broken of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      // The second image's pixels alone see it: all of them, for all filters.
      expect(finite(broken, 'x')[0]).toEqual(Array.from({ length: 144 }, (_, i) => i < 72));
      const third = Array.from({ length: 18 }, (_, f) => f !== 2);
      expect(filtersOf(finite(broken, 'filter')[0])).toEqual(third);
      expect(filtersOf(finite(broken, 'dy')[2])).toEqual(third);
    }
  });

  it('refuses a filter that does not fit its groups', () => {
    const [x, filter] = [randomTensor([1, 4, 4, 6], 1) as Tensor4D, randomTensor([3, 3, 4, 4], 2) as Tensor4D];
    const pad: GroupedConvolutionOptions['pad'] = [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ];
    expect(() => sparseConv2d(x, filter, undefined, { strides: [1, 1], dilations: [1, 1], pad, groups: 2 })).toThrow(
      /in 2 groups cannot have a filter/,
    );
    dispose([x, filter]);
  });
});
