import type { NamedAttrMap, Tensor } from '@tensorflow/tfjs-core';
import { engine, getBackend, getKernel } from '@tensorflow/tfjs-core';

/**
 * A fused kernel that someone has registered with tfjs under this name for the current backend, as
 * \@rheobase/tfjs-wasm-training does; nothing where there is none: the caller then composes the same from tfjs' own
 * operations. So this package needs no kernels, and takes them where they are.
 */
export function registeredKernel(
  kernelName: string,
): ((inputs: Readonly<Record<string, Tensor>>, attributes: NamedAttrMap) => readonly Tensor[]) | undefined {
  if (getKernel(kernelName, getBackend()) == null) return undefined;
  return (inputs, attributes) => {
    const outputs: Tensor | Tensor[] = engine().runKernel(kernelName, { ...inputs }, attributes);
    return Array.isArray(outputs) ? outputs : [outputs];
  };
}

/** The output of a kernel that has one. */
export function only(outputs: readonly Tensor[]): Tensor {
  const [output] = outputs;
  if (output === undefined || outputs.length > 1) throw new Error(`A kernel of one output gave ${outputs.length}.`);
  return output;
}
