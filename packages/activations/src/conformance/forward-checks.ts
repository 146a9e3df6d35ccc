import { ownValue } from '@rheobase/network';
import type { ConformanceCheck } from '@rheobase/network/conformance';
import { assertThat, attributesIn, dyadicExample, exampleValues, mapRecord } from '@rheobase/network/conformance';
import { tidy } from '@tensorflow/tfjs-core';
import type { Activation } from '../activation.js';
import { expectEqual } from './comparison.js';
import { drawer, examplePoints } from './examples.js';
import { numbersOf, onPoints } from './on-points.js';

export function forwardChecks(activation: Activation): readonly ConformanceCheck[] {
  return [
    {
      name: 'equals its scalar reference at random, zero, negative and large inputs',
      run: () => {
        const draw = drawer(11);
        for (let round = 0; round < 5; round += 1) {
          const values = exampleValues(activation, draw);
          const points = examplePoints(activation, values, draw);
          onPoints(activation, points, values, (z, parameters, attributes) => {
            const y = tidy(() => activation.evaluate(z, parameters, attributes));
            expectEqual(activation, points, values, numbersOf(y));
            y.dispose();
          });
        }
      },
    },
    {
      name: 'is exactly its reference at its edges, where they are exact in float32',
      run: () => {
        const draw = drawer(12);
        for (let round = 0; round < 8; round += 1) {
          const values = exampleValues(activation, draw, dyadicExample);
          const points = [0, ...(activation.edges?.(values) ?? [])];
          onPoints(activation, points, values, (z, parameters, attributes) => {
            const y = tidy(() => activation.evaluate(z, parameters, attributes));
            numbersOf(y).forEach((value, index) => {
              const at = points[index] ?? Number.NaN;
              const expected = Math.fround(activation.reference(at, values));
              assertThat(value === expected, () => {
                return `f(${at}) is ${value} on tensors, but must be exactly ${expected}, with ${JSON.stringify(values)}.`;
              });
            });
            y.dispose();
          });
        }
      },
    },
    {
      name: 'takes the initial value of every attribute that is not given',
      run: () => {
        const values = exampleValues(activation, drawer(13));
        const required = Object.fromEntries(
          Object.entries(attributesIn(activation, values)).filter(
            ([name]) => ownValue(activation.attributes, name)?.initial === undefined,
          ),
        );
        const filled = {
          ...values,
          ...mapRecord(activation.attributes, ({ initial }, name) => initial ?? ownValue(required, name) ?? 0),
        };
        const points = [-1, 0.3, 2];
        onPoints(activation, points, values, (z, parameters) => {
          const y = tidy(() => activation.evaluate(z, parameters, required));
          expectEqual(activation, points, filled, numbersOf(y));
          y.dispose();
        });
      },
    },
  ];
}
