import type { Numbers } from '@rheobase/network/conformance';
import { assertThat } from '@rheobase/network/conformance';
import type { Activation } from '../activation.js';
import { scaleOf } from './examples.js';

/** Relative to the largest number involved: float32 leaves 6e-8 a step, and an activation is a handful of steps. */
const tolerance = 2e-6;

/** Whether a number agrees with a function at z or, as a jump in z's last place may lie between them, next to z. */
function agrees(actual: number, at: (z: number) => number, z: number, scale: number): boolean {
  const step = 4e-7 * (Math.abs(z) + 1e-6 * scale);
  return [z, z - step, z + step].some((point) => {
    const expected = at(point);
    return Math.abs(actual - expected) <= tolerance * Math.max(scale, Math.abs(expected));
  });
}

export function expectEqual(
  activation: Activation,
  points: readonly number[],
  values: Numbers,
  actual: readonly number[],
): void {
  const scale = scaleOf(activation, values);
  points.forEach((z, index) => {
    const y = actual[index] ?? Number.NaN;
    assertThat(
      agrees(y, (point) => activation.reference(point, values), z, scale),
      () => {
        return `f(${z}) is ${y} on tensors, but ${activation.reference(z, values)} by the reference, with ${JSON.stringify(values)}.`;
      },
    );
  });
}

export function expectClose(actual: number | undefined, expected: number, what: string): void {
  assertThat(actual !== undefined && Math.abs(actual - expected) <= 1e-4 * Math.max(1, Math.abs(expected)), () => {
    return `${what} is ${actual}, but should be ${expected}.`;
  });
}
