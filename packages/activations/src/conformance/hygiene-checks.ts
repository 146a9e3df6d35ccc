import { ownValue } from '@rheobase/network';
import type { ConformanceCheck } from '@rheobase/network/conformance';
import { assertThat, exampleValues, parametersIn } from '@rheobase/network/conformance';
import type { Tensor } from '@tensorflow/tfjs-core';
import { memory } from '@tensorflow/tfjs-core';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Activation } from '../activation.js';
import { derivatives } from './differentiation.js';
import type { Tensors } from './examples.js';
import { drawer, examplePoints } from './examples.js';
import { numbersOf, onPoints } from './on-points.js';

export function hygieneChecks(activation: Activation): readonly ConformanceCheck[] {
  return [
    {
      name: 'leaks no tensor and leaves its inputs unchanged',
      run: () => {
        const draw = drawer(41);
        const values = exampleValues(activation, draw);
        const points = examplePoints(activation, values, draw);
        const forms = [activation.evaluate, ...(activation.train ? [activation.train] : [])];
        const before = memory().numTensors;
        onPoints(activation, points, values, (z, parameters, attributes) => {
          const inputs = memory().numTensors;
          for (const form of forms) {
            const run = (x: Tensor, parts: Tensors): Tensor =>
              form.call(activation, x, parts, attributes, xoroshiro128plus(3));
            const y = run(z, parameters);
            assertThat(y.id !== z.id, () => 'The result is z itself; disposing one would also dispose the other.');
            assertThat(memory().numTensors === inputs + 1, () => {
              return `A call leaks ${memory().numTensors - inputs - 1} tensors in addition to its result.`;
            });
            derivatives(run, z, parameters, y);
            y.dispose();
            assertThat(
              memory().numTensors === inputs,
              () => `A gradient leaves ${memory().numTensors - inputs} tensors.`,
            );
          }
          assertThat(`${numbersOf(z)}` === `${points}`, () => 'The call has changed z.');
          for (const [name, value] of Object.entries(parametersIn(activation, values))) {
            const parameter = ownValue(parameters, name);
            const [now] = parameter ? numbersOf(parameter) : [];
            assertThat(now === Math.fround(value), () => `The call has changed '${name}'.`);
          }
        });
        assertThat(memory().numTensors === before, () => 'Tensors were leaked.');
      },
    },
  ];
}
