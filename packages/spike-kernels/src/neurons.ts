/** `struct neurons` of c/neurons.h, field by field. */
export const neuronFields = [
  'channels',
  'base',
  'basePitch',
  'later',
  'laterPitch',
  'addend',
  'shortcut',
  'negativeShortcut',
  'shortcutLevels',
  'gain',
  'record',
  'spikes',
  'negativeSpikes',
  'hard',
  'above',
  'most',
  'powers',
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
 * Rules for firing −1. After a spike V ← V − θ·n, or V ← 0 if the reset is `hard`. A `signed` neuron fires −1 at −V ≥ θ⁻ (`lower`), and V ← V + θ⁻,
 * or 0. A `compensating` neuron takes spikes back: it fires −1, and V ← V + θ, if V is below `lower` (at most 0) and it has fired more spikes than it
 * has taken back. A `correcting` neuron fires the value nearest to m = max(V, −S), of either sign, where S is what it has sent so far.
 */
export const negativeRules = { none: 0, signed: 1, compensating: 2, correcting: 3 } as const;
export type NegativeRule = keyof typeof negativeRules;

/**
 * Number of levels for neurons that fire up to `most` spikes per step: bit k of a count is a spike of level k, worth 2ᵏ, and every level has its own
 * words.
 */
export function spikeLevels(most: number): number {
  return 32 - Math.clz32(Math.max(most, 1));
}

/** Bytes of scratch memory for the currents of one pixel's panel of 32 channels, for `…_integrate`. */
export function currentsBytes(steps: number): number {
  return 4 * 32 * steps;
}
