import { ownValue } from '@rheobase/network';
import type { Numbers } from '@rheobase/network/conformance';
import { assertThat, mapRecord, parametersIn } from '@rheobase/network/conformance';
import type { Tensor } from '@tensorflow/tfjs-core';
import { dispose, grads, ones } from '@tensorflow/tfjs-core';
import type { Activation, ActivationGradient } from '../activation.js';
import { expectClose } from './comparison.js';
import type { Tensors } from './examples.js';
import { numbersOf, onPoints } from './on-points.js';

/** The stated gradient, or else the derivative of the reference by central differences. */
export function referenceGradient(activation: Activation, z: number, values: Numbers): ActivationGradient {
  if (activation.gradient) return activation.gradient(z, values);
  const difference = (at: (step: number) => number, size: number): number => {
    const step = 1e-5 * Math.max(Math.abs(size), 1e-2);
    return (at(step) - at(-step)) / (2 * step);
  };
  return {
    z: difference((step) => activation.reference(z + step, values), z),
    parameters: mapRecord(parametersIn(activation, values), (value, name) =>
      difference((step) => activation.reference(z, { ...values, [name]: value + step }), value),
    ),
  };
}

interface Derivatives {
  readonly z: readonly number[];
  readonly parameters: Readonly<Record<string, readonly number[]>>;
}

/** ∂Σ(w·y)/∂z and by every parameter, by tfjs. */
export function derivatives(
  run: (z: Tensor, parameters: Tensors) => Tensor,
  z: Tensor,
  parameters: Tensors,
  w: Tensor,
): Derivatives {
  const names = Object.keys(parameters);
  const differentiate = grads((...inputs: Tensor[]) => {
    const [input, ...parts] = inputs;
    if (input === undefined) throw new Error('tfjs passed no inputs on.');
    return run(input, Object.fromEntries(names.flatMap((name, index) => pair(name, parts[index]))));
  });
  const [byInput, ...byParts] = differentiate([z, ...Object.values(parameters)], w);
  const found = {
    z: byInput ? numbersOf(byInput) : [],
    parameters: Object.fromEntries(
      names.flatMap((name, index) => pair(name, byParts[index])).map(([name, gradient]) => [name, numbersOf(gradient)]),
    ),
  };
  names.forEach((name, index) => {
    assertThat(`${byParts[index]?.shape}` === `${ownValue(parameters, name)?.shape}`, () => {
      return `The gradient of '${name}' is of shape [${byParts[index]?.shape}], the parameter of shape [${ownValue(parameters, name)?.shape}].`;
    });
  });
  dispose([...(byInput ? [byInput] : []), ...byParts]);
  return found;
}

function pair<Value>(name: string, value: Value | undefined): readonly (readonly [string, Value])[] {
  return value === undefined ? [] : [[name, value]];
}

/** @throws unless tfjs' gradients at one point are the stated ones. */
export function expectGradient(activation: Activation, z: number, values: Numbers): void {
  const stated = referenceGradient(activation, z, values);
  const where = `at ${z}, with ${JSON.stringify(values)},`;
  onPoints(activation, [z], values, (input, parameters, attributes) => {
    const one = ones([1, 1]);
    const found = derivatives((x, parts) => activation.evaluate(x, parts, attributes), input, parameters, one);
    one.dispose();
    expectClose(found.z[0], stated.z, `∂y/∂z ${where}`);
    for (const [part, expected] of Object.entries(stated.parameters)) {
      expectClose(ownValue(found.parameters, part)?.[0], expected, `∂y/∂${part} ${where}`);
    }
  });
}
