import { backend, getBackend, getKernel, ready, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import type { KernelConfig } from '@tensorflow/tfjs-core';
import { registerGradients } from './gradients/register.js';
import { registerComposedKernels } from './kernels/composed-kernels.js';
import { activationKernels } from './native/activation-kernels.js';
import { batchNormKernels } from './native/batch-norm-kernels.js';
import { convolutionKernels } from './native/convolution-kernels.js';
import { heapOf } from './native/heap.js';
import type { KernelBuild, KernelModule } from './native/kernel-module.js';
import { loadKernelModule } from './native/kernel-module.js';
import { layoutKernels } from './native/layout-kernels.js';
import type { NativeKernel } from './native/native-kernel.js';
import { toKernelConfig } from './native/native-kernel.js';
import { neuronKernels } from './native/neuron-kernels.js';
import { optimizerKernels } from './native/optimizer-kernels.js';
import { poolingKernels } from './native/pooling-kernels.js';
import { productKernels } from './native/product-kernels.js';
import { enableRelaxedSimd } from './native/relaxed-simd.js';
import { sparseConvolutionKernels } from './native/sparse-convolution-kernels.js';

/** How the training kernels are loaded. */
export interface TrainingKernelOptions {
  /** Forces the plain build, whose results are the same bits on every machine; off by default. */
  readonly deterministic?: boolean;
  /**
   * Whether `sparseConv2d` has a kernel that skips zeros; on by default. Without it, it is computed by the dense ones: for comparison.
   */
  readonly sparseConvolutions?: boolean;
  /**
   * Whether convolutions of 3×3 windows without stride may use Winograd's algorithm, where it is faster; on by default, in both builds. It sums in
   * another way, so that results differ from the direct sums by up to 1e-5 of the largest one. Both are the same bits in every run.
   */
  readonly winograd?: boolean;
  /** Where the two `.wasm` files of this package's `assets` folder are hosted, if not next to its own files. */
  readonly location?: { readonly plain: string | URL; readonly relaxed: string | URL };
}

/** Every kernel computed by the module. */
const nativeKernels: readonly NativeKernel[] = [
  ...convolutionKernels,
  ...sparseConvolutionKernels,
  ...productKernels,
  ...batchNormKernels,
  ...activationKernels,
  ...neuronKernels,
  ...poolingKernels,
  ...layoutKernels,
  ...optimizerKernels,
];

interface Registered {
  readonly memory: WebAssembly.Memory;
  readonly module: KernelModule;
  readonly sparseConvolutions: boolean;
}

let current: Registered | undefined;

// What tfjs itself has registered under each name, which our kernels may hand a call on to.
const stock = new Map<string, KernelConfig | undefined>();

/**
 * Makes tfjs-backend-wasm, which must be the current backend, able to train convolutional networks: registers the
 * gradients it lacks, and kernels that run in its own heap, shared or not (in a cross-origin-isolated page tfjs starts its
 * threaded build; these kernels run on the calling thread all the same). Calling it again does nothing, unless the backend was
 * started anew or other kernels are asked for.
 *
 * @throws if the current backend is not `wasm`, or the kernels cannot be read.
 */
export async function registerTrainingKernels(options: TrainingKernelOptions = {}): Promise<KernelBuild> {
  await ready();
  if (getBackend() !== 'wasm') {
    throw new Error(
      `The training kernels are for tfjs' wasm backend, but the current one is "${getBackend()}". ` +
        "Call tf.setBackend('wasm') and await it first.",
    );
  }
  const { memory } = heapOf(backend());
  const { sparseConvolutions = true, winograd = true } = options;
  const build = options.deterministic !== true && (await enableRelaxedSimd()) ? 'relaxed' : 'plain';
  const fits = current?.memory === memory && current.module.build === build && current.module.winograd === winograd;
  const known = fits ? current : undefined;
  if (known?.sparseConvolutions === sparseConvolutions) return build;
  const module = known?.module ?? (await loadKernelModule(memory, { build, winograd }, options.location?.[build]));

  registerGradients();
  for (const { kernelName } of nativeKernels) {
    if (!stock.has(kernelName)) stock.set(kernelName, getKernel(kernelName, 'wasm') ?? undefined);
  }
  registerComposedKernels();
  for (const kernel of nativeKernels) {
    if (getKernel(kernel.kernelName, 'wasm') != null) unregisterKernel(kernel.kernelName, 'wasm');
    if (!sparseConvolutions && sparseConvolutionKernels.includes(kernel)) continue;
    registerKernel(toKernelConfig(kernel, module, stock.get(kernel.kernelName)));
  }
  current = { memory, module, sparseConvolutions };
  return build;
}

/**
 * Which build of the training kernels is in use, for records of runs.
 *
 * @throws before {@link registerTrainingKernels} has ended.
 */
export function kernelBuild(): KernelBuild {
  if (current === undefined) throw new Error('No training kernels are in use: await registerTrainingKernels() first.');
  return current.module.build;
}

/**
 * Whether convolutions may use Winograd's algorithm ({@link TrainingKernelOptions.winograd}).
 *
 * @throws before {@link registerTrainingKernels} has ended.
 */
export function usesWinograd(): boolean {
  if (current === undefined) throw new Error('No training kernels are in use: await registerTrainingKernels() first.');
  return current.module.winograd;
}

/**
 * Whether `sparseConv2d` has a kernel that skips zeros ({@link TrainingKernelOptions.sparseConvolutions}).
 *
 * @throws before {@link registerTrainingKernels} has ended.
 */
export function usesSparseConvolutions(): boolean {
  if (current === undefined) throw new Error('No training kernels are in use: await registerTrainingKernels() first.');
  return current.sparseConvolutions;
}
