import type { ConformanceCheck } from '@rheobase/network/conformance';
import { assertThat, attributesIn, exampleValues } from '@rheobase/network/conformance';
import { tensor, tidy } from '@tensorflow/tfjs-core';
import type { Neuron } from '../neuron.js';
import { drawer, numbersOf } from './population.js';

const steps = 64;
/** Grid of the charge, in units of θ. */
const grid = 1 / 16;

/** Checks that the rate slope, if any, is the slope of the rate. */
export function rateChecks(neuron: Neuron): readonly ConformanceCheck[] {
  const rateSlope = neuron.rateSlope?.bind(neuron);
  if (rateSlope === undefined) return [];
  return [
    {
      name: 'has a rate that rises with the charge of an even input as its rate slope says, but for rounding',
      run: () => {
        const values = exampleValues(neuron, drawer(66));
        const { threshold = 1 } = values;
        const charges = Array.from({ length: 128 }, (_, index) => (index - 64) * grid);
        let slopes: readonly number[] = [];
        tidy(() => {
          slopes = numbersOf(rateSlope(tensor(charges), attributesIn(neuron, values), steps));
        });
        const rates = charges.map((charge) => {
          const currents = Array.from({ length: steps }, () => charge * threshold);
          const { spikes } = neuron.reference(currents, { ...values, initialPotential: 0 });
          return spikes.reduce((sum, count) => sum + count, 0) / steps;
        });
        let expected = rates[0] ?? Number.NaN;
        charges.forEach((charge, index) => {
          // The slope between two points may be the slope at either of them.
          if (index > 0) expected += (((slopes[index - 1] ?? 0) + (slopes[index] ?? 0)) / 2) * grid;
          const rate = rates[index] ?? Number.NaN;
          assertThat(
            Math.abs(rate - expected) <= grid + 2 / steps,
            () => `At the charge ${charge} its rate is ${rate}; going by its slope it would be ${expected}.`,
          );
        });
      },
    },
  ];
}
