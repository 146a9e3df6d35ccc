import type { KernelBackend, KernelConfig, NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { Heap } from './heap.js';
import { heapOf } from './heap.js';
import type { KernelModule } from './kernel-module.js';

/** A kernel tfjs knows by name, computed by the module. */
export interface NativeKernel {
  readonly kernelName: string;
  /** Takes the functions it needs from the module, and gives what tfjs calls. */
  readonly prepare: (module: KernelModule) => Compute;
}

/** What tfjs hands a kernel; which inputs and attributes there are depends on the kernel. */
export interface Call {
  readonly inputs: NamedTensorInfoMap;
  readonly attributes: NamedAttrMap;
  readonly heap: Heap;
  /**
   * What was registered under this name before: tfjs' own kernel, for the cases that it does faster, or alone.
   *
   * @throws if there was none.
   */
  readonly stock: () => TensorInfo | TensorInfo[];
}

export type Compute = (call: Call) => TensorInfo | TensorInfo[];

/** The kernel as tfjs registers it. */
export function toKernelConfig(
  { kernelName, prepare }: NativeKernel,
  module: KernelModule,
  previous: KernelConfig | undefined,
): KernelConfig {
  const compute = prepare(module);
  return {
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const attributes = attrs ?? {};
      return compute({
        inputs,
        attributes,
        // tfjs types the backend as an unknown object, and gives the current one.
        heap: heapOf(backend as KernelBackend),
        stock: () => {
          if (previous === undefined) throw new Error(`tfjs has no kernel of its own named "${kernelName}".`);
          return previous.kernelFunc({ inputs, backend, attrs: attributes });
        },
      });
    },
  };
}

/** An input a kernel cannot do without. */
export function requireInput(inputs: NamedTensorInfoMap, name: string, kernelName: string): TensorInfo {
  const tensor = inputs[name];
  if (tensor === undefined) {
    throw new Error(`${kernelName} needs the input "${name}", but was given ${Object.keys(inputs).join(', ')}.`);
  }
  return tensor;
}
