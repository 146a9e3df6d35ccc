export * from './analog-convolution.js';
export * from './kernel-module.js';
export * from './layout.js';
export * from './max-pooling.js';
export * from './neurons.js';
export type * from './sliding-kernel.js';
export * from './source-window.js';
export * from './spike-convolution.js';
