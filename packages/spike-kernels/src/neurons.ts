/** `struct neurons` of c/neurons.h, field by field. */
export const neuronFields = [
  'channels',
  'base',
  'basePitch',
  'addend',
  'shortcut',
  'negativeShortcut',
  'shortcutLevels',
  'gain',
  'record',
  'spikes',
  'negativeSpikes',
  'hard',
  'most',
  'negatives',
  'threshold',
  'thresholdPitch',
  'lower',
  'lowerPitch',
  'shift',
  'shiftPitch',
  'leak',
  'leakPitch',
  'start',
  'startPitch',
  'potential',
  'balanceStart',
  'balance',
] as const;
export type NeuronField = (typeof neuronFields)[number];

/**
 * Which neurons fire −1 too. After a spike V ← V − θ·n, or V ← 0 where the reset is `hard`. A `signed` neuron fires −1 at −V ≥ θ⁻ (`lower`), and
 * V ← V + θ⁻, or 0. A `compensating` one takes spikes back: it fires −1, and V ← V + θ, where V is below `lower` (no more than 0) as long as it
 * has fired more spikes than it took back.
 */
export const negativeRules = { none: 0, signed: 1, compensating: 2 } as const;
export type NegativeRule = keyof typeof negativeRules;

/**
 * Levels of the spikes of neurons that fire up to `most` at a step: bit k of a count is a spike of level k, worth 2ᵏ, and every level has words
 * of its own.
 */
export function spikeLevels(most: number): number {
  return 32 - Math.clz32(Math.max(most, 1));
}

/** Bytes of scratch memory for the currents of one pixel's panel of 32 channels: what `…_integrate` is given. */
export function currentsBytes(steps: number): number {
  return 4 * 32 * steps;
}
