export * from './batch-norm.js';
export * from './column-sums.js';
export * from './global-average-pool.js';
export { registerGradients } from './gradients/register.js';
export { registerComposedKernels } from './kernels/composed-kernels.js';
export type { KernelBuild } from './native/kernel-module.js';
export * from './optimizer-updates.js';
export * from './subsample.js';
export * from './training-kernels.js';
