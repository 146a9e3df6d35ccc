import type { ConformanceCheck } from '@rheobase/network/conformance';
import { assertThat, dyadicExample, exampleValues } from '@rheobase/network/conformance';
import { ones } from '@tensorflow/tfjs-core';
import type { Activation } from '../activation.js';
import { derivatives, expectGradient } from './differentiation.js';
import { drawer, examplePoints, nearEdge, scaleOf } from './examples.js';
import { onPoints } from './on-points.js';

function gradientsAtEdges(activation: Activation): ConformanceCheck {
  return {
    name: 'has the gradients that it states at its edges, where they are exact in float32',
    run: () => {
      const values = exampleValues(activation, drawer(23), dyadicExample);
      for (const z of activation.edges?.(values) ?? []) expectGradient(activation, z, values);
    },
  };
}

export function gradientChecks(activation: Activation): readonly ConformanceCheck[] {
  return [
    {
      name: activation.gradient
        ? 'has the gradients that it states, with respect to z and every parameter'
        : 'has the derivatives of its reference as gradients, with respect to z and every parameter',
      run: () => {
        const draw = drawer(21);
        for (let round = 0; round < 5; round += 1) {
          const values = exampleValues(activation, draw);
          const points = examplePoints(activation, values, draw).filter(
            (z) => Math.abs(z) < 10 * scaleOf(activation, values) && !nearEdge(activation, z, values),
          );
          for (const z of points.slice(0, 40)) expectGradient(activation, z, values);
        }
      },
    },
    {
      name: 'has finite gradients everywhere, its edges included',
      run: () => {
        const draw = drawer(22);
        const values = exampleValues(activation, draw, dyadicExample);
        const points = examplePoints(activation, values, draw);
        onPoints(activation, points, values, (z, parameters, attributes) => {
          const w = ones(z.shape);
          const found = derivatives((x, parts) => activation.evaluate(x, parts, attributes), z, parameters, w);
          w.dispose();
          for (const [name, list] of [['z', found.z] as const, ...Object.entries(found.parameters)]) {
            list.forEach((value, index) => {
              assertThat(
                Number.isFinite(value),
                () => `∂y/∂${name} is ${value} at element ${index}, z = ${points[index]}.`,
              );
            });
          }
        });
      },
    },
    ...(activation.gradient ? [gradientsAtEdges(activation)] : []),
  ];
}
