export * from './default-conventions.js';
export * from './export-weights.js';
export { kerasConvention } from './keras.js';
export { type Layout, type Rearrangement, transposed, unmoved } from './layout.js';
export * from './load-weights.js';
export { pytorchConvention } from './pytorch.js';
export { rheobaseConvention } from './rheobase.js';
export type * from './weight-convention.js';
export * from './weight-report.js';
