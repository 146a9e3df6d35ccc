import { registerGradients } from './gradients/register.js';
import { registerComposedKernels } from './kernels/composed-kernels.js';

export * from './batch-norm.js';
export * from './column-sums.js';
export * from './subsample.js';
export { registerComposedKernels, registerGradients };

/**
 * Makes tfjs-backend-wasm able to train convolutional networks: its missing gradients and the kernels they need. Call
 * it once, after the backend was imported; calling it again does no harm.
 */
export function registerTraining(): void {
  registerGradients();
  registerComposedKernels();
}
