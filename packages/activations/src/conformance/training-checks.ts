import type { ConformanceCheck } from '@rheobase/network/conformance';
import { assertThat, exampleValues } from '@rheobase/network/conformance';
import type { Tensor } from '@tensorflow/tfjs-core';
import { tidy } from '@tensorflow/tfjs-core';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Activation } from '../activation.js';
import { derivatives } from './differentiation.js';
import type { Tensors } from './examples.js';
import { drawer, scaleOf } from './examples.js';
import { numbersOf, onPoints } from './on-points.js';

export function trainingChecks(activation: Activation): readonly ConformanceCheck[] {
  const train = activation.train?.bind(activation);
  if (train === undefined) return [];
  const points = (scale: number, draw: () => number): readonly number[] =>
    Array.from({ length: 20_000 }, () => Math.fround((draw() * 3 - 1) * scale));
  return [
    {
      name: 'trains the same from the same seed',
      run: () => {
        const draw = drawer(31);
        const values = exampleValues(activation, draw);
        onPoints(
          activation,
          points(scaleOf(activation, values), draw).slice(0, 500),
          values,
          (z, parameters, attributes) => {
            const [first, second] = [7, 7].map((seed) => {
              const y = tidy(() => train(z, parameters, attributes, xoroshiro128plus(seed)));
              const numbers = numbersOf(y);
              y.dispose();
              return numbers;
            });
            assertThat(`${first}` === `${second}`, () => 'Two runs from one seed differ.');
          },
        );
      },
    },
    {
      name: 'is in training what it is in evaluation, on average over inputs',
      run: () => {
        const draw = drawer(32);
        const values = exampleValues(activation, draw);
        const scale = scaleOf(activation, values);
        onPoints(activation, points(scale, draw), values, (z, parameters, attributes) => {
          const [training, evaluation] = [
            tidy(() => train(z, parameters, attributes, xoroshiro128plus(8))),
            tidy(() => activation.evaluate(z, parameters, attributes)),
          ].map((y) => {
            const numbers = numbersOf(y);
            y.dispose();
            return numbers;
          });
          const differences = (training ?? []).map((y, index) => y - (evaluation?.[index] ?? Number.NaN));
          const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
          const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / differences.length;
          const bound = 5 * Math.sqrt(variance / differences.length) + 1e-6 * scale;
          assertThat(
            Math.abs(mean) <= bound,
            () => `In training it is larger by ${mean} on average; chance allows ${bound}.`,
          );
        });
      },
    },
    {
      name: 'is exactly its evaluation in training without noise, gradients included',
      run: () => {
        if (activation.attributes['noise'] === undefined) return;
        const draw = drawer(33);
        const values = { ...exampleValues(activation, draw), noise: 0 };
        onPoints(
          activation,
          points(scaleOf(activation, values), draw).slice(0, 500),
          values,
          (z, parameters, attributes) => {
            const forms = [
              (x: Tensor, parts: Tensors) => train(x, parts, attributes, xoroshiro128plus(9)),
              (x: Tensor, parts: Tensors) => activation.evaluate(x, parts, attributes),
            ];
            const [training, evaluation] = forms.map((run) => {
              const y = tidy(() => run(z, parameters));
              const found = { y: numbersOf(y), ...derivatives(run, z, parameters, y) };
              y.dispose();
              return JSON.stringify(found);
            });
            assertThat(training === evaluation, () => 'Training without noise differs from evaluation.');
          },
        );
      },
    },
  ];
}
