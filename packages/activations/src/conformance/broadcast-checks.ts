import { ownValue } from '@rheobase/network';
import type { ConformanceCheck } from '@rheobase/network/conformance';
import { assertThat, attributesIn, mapRecord } from '@rheobase/network/conformance';
import { dispose, tensor, tidy } from '@tensorflow/tfjs-core';
import type { Activation } from '../activation.js';
import { expectClose, expectEqual } from './comparison.js';
import { derivatives, referenceGradient } from './differentiation.js';
import { batch, broadcastCase, drawer, nearEdge, scaleOf, shapes, sizeOf } from './examples.js';
import { numbersOf } from './on-points.js';

export function broadcastChecks(activation: Activation): readonly ConformanceCheck[] {
  return Object.entries(shapes).map(([name, shape]) => ({
    name: `broadcasts ${name} parameters, and sums their gradients back to that shape`,
    run: () => {
      const { values, at, elements, draw } = broadcastCase(activation, shape, drawer(sizeOf(shape)));
      const count = sizeOf(batch);
      const points = Array.from({ length: count }, (_, index) => {
        const scale = scaleOf(activation, at(index));
        for (;;) {
          const z = Math.fround((draw() * 3 - 1.5) * scale);
          if (!nearEdge(activation, z, at(index))) return z;
        }
      });
      const weights = Array.from({ length: count }, () => Math.fround(draw() * 2 - 1));
      const z = tensor(points, [...batch], 'float32');
      const w = tensor(weights, [...batch], 'float32');
      const parameters = mapRecord(elements, (list) => tensor(list, [...shape], 'float32'));
      const attributes = attributesIn(activation, values);
      const y = tidy(() => activation.evaluate(z, parameters, attributes));
      assertThat(`${y.shape}` === `${batch}`, () => `The result is of shape [${y.shape}], z of shape [${batch}].`);
      assertThat(y.dtype === 'float32', () => `The result is of type ${y.dtype}, not float32.`);
      const actual = numbersOf(y);
      points.forEach((point, index) => {
        expectEqual(activation, [point], at(index), actual.slice(index, index + 1));
      });
      const found = derivatives((input, parts) => activation.evaluate(input, parts, attributes), z, parameters, w);
      const sums = mapRecord(elements, (list) => list.map(() => 0));
      points.forEach((point, index) => {
        const stated = referenceGradient(activation, point, at(index));
        const weight = weights[index] ?? 0;
        expectClose(found.z[index], weight * stated.z, `∂y/∂z at ${point}`);
        for (const [part, list] of Object.entries(sums)) {
          list[index % list.length] =
            (list[index % list.length] ?? 0) + weight * (ownValue(stated.parameters, part) ?? 0);
        }
      });
      for (const [part, list] of Object.entries(sums)) {
        list.forEach((sum, index) => {
          expectClose(ownValue(found.parameters, part)?.[index], sum, `the gradient of element ${index} of '${part}'`);
        });
      }
      dispose([z, w, y, ...Object.values(parameters)]);
    },
  }));
}
