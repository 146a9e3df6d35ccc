import type { NamedAttrMap, NamedTensorInfoMap, Tensor } from '@tensorflow/tfjs-core';
import { backend, engine, getBackend, getKernel } from '@tensorflow/tfjs-core';

/**
 * Runs a kernel of this package, or gives nothing where the current backend has none of that name: the caller then
 * composes the same from operations that every backend has.
 */
export function runRegistered(
  kernelName: string,
  inputs: Readonly<Record<string, Tensor>>,
  attributes: NamedAttrMap = {},
): readonly Tensor[] | undefined {
  if (getKernel(kernelName, getBackend()) == null) return undefined;
  const outputs: Tensor | Tensor[] = engine().runKernel(kernelName, { ...inputs }, attributes);
  return Array.isArray(outputs) ? outputs : [outputs];
}

/**
 * Runs a kernel that writes into its inputs past the engine, which knows none such.
 *
 * @returns whether there is a kernel of that name
 */
export function runInPlace(kernelName: string, inputs: NamedTensorInfoMap, attributes: NamedAttrMap): boolean {
  const kernel = getKernel(kernelName, getBackend());
  if (kernel == null) return false;
  kernel.kernelFunc({ inputs, backend: backend(), attrs: attributes });
  return true;
}
