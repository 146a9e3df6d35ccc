/** `struct neurons` of c/neurons.h, field by field. */
export const neuronFields = [
  'channels',
  'base',
  'basePitch',
  'addend',
  'shortcut',
  'negativeShortcut',
  'gain',
  'record',
  'spikes',
  'negativeSpikes',
  'kind',
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
 * What a spike does to a neuron: V ← V − θ; V ← 0; or V ← V − θ for s = 1 and V ← V + θ⁻ for s = −1, which a neuron of that kind
 * fires at −V ≥ θ⁻. A `compensating` neuron takes spikes back: V ← V + θ for s = −1, which it fires where V is below `lower` (no more
 * than 0) as long as it has fired more spikes than it took back.
 */
export const resetKinds = { soft: 0, hard: 1, signed: 2, compensating: 3 } as const;
export type ResetKind = keyof typeof resetKinds;

/** Bytes of scratch memory for the currents of one pixel's panel of 32 channels: what `…_integrate` is given. */
export function currentsBytes(steps: number): number {
  return 4 * 32 * steps;
}
