import { relativeTo } from './error-size.js';

/** What all the errors have come to at an output, after T steps. */
export interface OutputErrors {
  readonly node: string;
  /** Mean |spiking − source| over mean |source|. */
  readonly difference: number;
  /** Share of vectors along the last axis (of images, for logits `[N, K]`) whose largest element is the same in both. */
  readonly agreement: number;
}

/** Adds up the errors at one output over many batches. */
export interface OutputSums {
  /** Both `[N, …shape]`, of the source and after the last step. */
  add(source: ArrayLike<number>, spiking: ArrayLike<number>): void;
  summary(): OutputErrors;
}

/** @param classes length of the last axis */
export function outputSums(node: string, classes: number): OutputSums {
  let [difference, size, agreeing, vectors] = [0, 0, 0, 0];
  return {
    add: (source, spiking) => {
      for (let i = 0; i < source.length; i += 1) {
        difference += Math.abs((spiking[i] ?? Number.NaN) - (source[i] ?? Number.NaN));
        size += Math.abs(source[i] ?? Number.NaN);
      }
      for (let first = 0; first < source.length; first += classes) {
        if (largest(source, first, classes) === largest(spiking, first, classes)) agreeing += 1;
        vectors += 1;
      }
    },
    summary: () => ({ node, difference: relativeTo(difference, size), agreement: agreeing / vectors }),
  };
}

function largest(values: ArrayLike<number>, first: number, count: number): number {
  let best = first;
  for (let i = first + 1; i < first + count; i += 1) if ((values[i] ?? 0) > (values[best] ?? 0)) best = i;
  return best - first;
}
