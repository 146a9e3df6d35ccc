import { zeros } from '@tensorflow/tfjs-core';
import type { Gradient } from './gradient.js';
import { at } from './gradient.js';

/** The operations whose derivative is zero wherever it exists, with the names of their inputs. */
const flat: readonly (readonly [kernel: string, ...inputs: string[]])[] = [
  ['ZerosLike', 'x'],
  ['OnesLike', 'x'],
  ['Sign', 'x'],
  ['Round', 'x'],
  ['IsNan', 'x'],
  ['IsInf', 'x'],
  ['IsFinite', 'x'],
  ['ArgMax', 'x'],
  ['ArgMin', 'x'],
  ['OneHot', 'indices'],
  ['FloorDiv', 'a', 'b'],
  ['GreaterEqual', 'a', 'b'],
];

/** Gradients that are zero. Without them, these operations could not be part of a loss. */
export const flatGradients: readonly Gradient[] = flat.map(([kernelName, ...inputs]) => ({
  kernelName,
  inputsToSave: inputs,
  gradient: (_dy, saved) => Object.fromEntries(inputs.map((input, i) => [input, () => zeros(at(saved, i).shape)])),
}));
