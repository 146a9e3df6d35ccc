import { register } from 'node:module';

/**
 * Registers tfjs' own gradients, every one. tfjs-core's bundle for Node leaves them out, so they come from the modules that it
 * publishes for bundlers; these find the engine and the registries of the bundle, which are global.
 */
export async function registerStockGradients(): Promise<void> {
  register(new URL('./tfjs-module-hooks.js', import.meta.url));
  const bundle = import.meta.resolve('@tensorflow/tfjs-core');
  await import(new URL('./register_all_gradients.js', bundle).href);
}
