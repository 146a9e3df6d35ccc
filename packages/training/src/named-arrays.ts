import type { Shape } from '@rheobase/network';
import { describeShape, sameShape } from '@rheobase/network';
import type { Variable } from '@tensorflow/tfjs-core';
import { tensor, tidy } from '@tensorflow/tfjs-core';

/** Values of variables at one moment, by name. */
export type NamedArrays = ReadonlyMap<string, { readonly shape: Shape; readonly data: Float32Array }>;

/** Copies the values of variables. */
export function readVariables(variables: ReadonlyMap<string, Variable>): NamedArrays {
  return new Map(
    [...variables].map(([name, variable]) => [
      name,
      // A copy, as `dataSync` may be a view of the backend's heap.
      { shape: [...variable.shape], data: Float32Array.from(variable.dataSync<'float32'>()) },
    ]),
  );
}

/**
 * Gives variables the values they had.
 *
 * @throws naming the variable for which there is none, or one of another shape.
 */
export function writeVariables(variables: ReadonlyMap<string, Variable>, arrays: NamedArrays): void {
  for (const [name, variable] of variables) {
    const array = arrays.get(name);
    if (array === undefined || !sameShape(array.shape, variable.shape)) {
      const found = array === undefined ? 'nothing' : describeShape(array.shape);
      throw new Error(
        `The saved values of '${name}' must have the shape ${describeShape(variable.shape)}, but are ${found}.`,
      );
    }
    tidy(() => variable.assign(tensor(array.data.slice(), [...array.shape], 'float32')));
  }
}
