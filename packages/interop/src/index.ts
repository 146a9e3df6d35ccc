export * from './default-conventions.js';
export * from './export-weights.js';
export { kerasConvention } from './keras.js';
export { type Layout, type Rearrangement, transposed, unmoved } from './layout.js';
export * from './load-weights.js';
export { renamingBy } from './name-pattern.js';
export {
  decodeOnnx,
  type ImportedOnnx,
  importOnnx,
  type ImportOnnxOptions,
  type OnnxNodeReport,
} from './onnx/import-onnx.js';
export { fromNetwork, type OnnxPort, toNetwork } from './onnx/ports.js';
export { type OnnxInterface, OnnxRefusal, type RefusedNode } from './onnx/refusal.js';
export { encodeOnnx, type OnnxLayout, type OnnxOptions } from './onnx/encode-onnx.js';
export { pytorchConvention } from './pytorch.js';
export { rheobaseConvention } from './rheobase.js';
export type * from './weight-convention.js';
export * from './weight-report.js';
