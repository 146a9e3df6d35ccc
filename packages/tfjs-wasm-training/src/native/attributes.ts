import type { NamedAttrMap } from '@tensorflow/tfjs-core';

/** A number a kernel cannot do without. */
export function numberAttribute(attributes: NamedAttrMap, name: string, kernelName: string): number {
  const value = attributes[name];
  if (typeof value !== 'number') throw new Error(`${kernelName} needs the number "${name}", but was given ${value}.`);
  return value;
}
