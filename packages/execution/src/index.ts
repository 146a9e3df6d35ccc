export * from './batch-norm.js';
export * from './bind.js';
export * from './live-parameters.js';
export * from './mode.js';
export { disposeResult, type RunOptions, type RunResult } from './run.js';
export type { SimulateOptions } from './simulate.js';
export * from './tensor-backend.js';
export * from './time-step.js';
