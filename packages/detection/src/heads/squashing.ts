/** 1/(1 + e^−z). */
export function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

/** The inverse of {@link sigmoid}, for fractions kept away from 0 and 1. */
export function logit(share: number): number {
  const inside = Math.min(Math.max(share, 1e-6), 1 - 1e-6);
  return Math.log(inside / (1 - inside));
}

/** e^zₖ / Σ e^zᵢ of `count` values from `start` on. */
export function softmaxOf(data: Float32Array, start: number, count: number): Float64Array {
  const values = Float64Array.from(data.subarray(start, start + count));
  const greatest = values.reduce((most, value) => Math.max(most, value), -Infinity);
  let sum = 0;
  for (let k = 0; k < count; k += 1) {
    const power = Math.exp((values[k] ?? 0) - greatest);
    values[k] = power;
    sum += power;
  }
  return values.map((value) => value / sum);
}

/** Cross-entropy of a logit with a target 0…1, and its derivative. */
export function binaryCrossEntropy(z: number, target: number): { readonly value: number; readonly slope: number } {
  const value = Math.max(z, 0) - z * target + Math.log1p(Math.exp(-Math.abs(z)));
  return { value, slope: sigmoid(z) - target };
}
