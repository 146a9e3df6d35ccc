/** How large an error is over all neurons of a layer and all images. */
export interface ErrorSize {
  /** Mean, signed: what a shift of the bias or of V(0) could take away. In units of the activation. */
  readonly mean: number;
  /** Mean absolute value, in units of the activation. */
  readonly meanAbsolute: number;
  /** `meanAbsolute` over the layer's mean activation; 0 where both are 0. */
  readonly relative: number;
}

/** Sums up an error, element by element, in float64. */
export interface ErrorSum {
  sum: number;
  absolute: number;
}

export function errorSum(): ErrorSum {
  return { sum: 0, absolute: 0 };
}

export function addError(to: ErrorSum, error: number): void {
  to.sum += error;
  to.absolute += Math.abs(error);
}

/** @param reference the mean activation that the error is compared with */
export function errorSize({ sum, absolute }: ErrorSum, elements: number, reference: number): ErrorSize {
  const meanAbsolute = absolute / elements;
  return { mean: sum / elements, meanAbsolute, relative: relativeTo(meanAbsolute, reference) };
}

/** A fraction of zero is 0 if the numerator is zero, and infinite otherwise. */
export function relativeTo(value: number, reference: number): number {
  return value === 0 ? 0 : value / reference;
}
