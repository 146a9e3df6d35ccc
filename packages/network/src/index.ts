export { type Broadcastable, type Spread, broadcast, spread } from './broadcast.js';
export { activationSites, analogHead, isAnalog } from './analog-head.js';
export * from './builder.js';
export { type KnownModels, type SiteModels, checkModels, modelProblems } from './check-models.js';
export { type ElementMap, channelSources, forEachRun } from './element-map.js';
export {
  attributesOf,
  type ElementFunction,
  type ElementFunctionName,
  elementFunctionNames,
  elementFunctions,
  type PairFunctionName,
  pairFunctionNames,
  pairFunctions,
} from './element-functions.js';
export { assertFiniteInputs, assertFiniteValues, firstNotFinite } from './finite-values.js';
export { freeName } from './free-name.js';
export { greatestMagnitude } from './greatest-magnitude.js';
export {
  greatestPotential,
  integerLowerThreshold,
  integerShift,
  mostPotentialSteps,
} from './most-potential-steps.js';
export { integerBounds } from './integer-bounds.js';
export * from './image-batch.js';
export { inWords } from './in-words.js';
export * from './integer-network.js';
export { parseJson } from './json-text.js';
export * from './model-definition.js';
export * from './network.js';
export { networkLimits } from './network-limits.js';
export * from './network-file.js';
export { knownNeurons, neuronDefinitions } from './neuron-definitions.js';
export * from './neuron-dynamics.js';
export * from './node.js';
export * from './node-references.js';
export * from './node-rules.js';
export { type AnyOperation, type Operation } from './operation.js';
export { mapsOf, operationOf } from './operations/operations.js';
export { forEachWeight } from './operations/weighted.js';
export * from './node-kinds.js';
export * from './options.js';
export { ownValue } from './own-value.js';
export * from './padding.js';
export * from './parameter.js';
export { printable, printableLine } from './printable.js';
export { permutation } from './permutation.js';
export * from './probe.js';
export { namedStream, randomStream } from './random-stream.js';
export { readingLimits, shortName } from './reading-limits.js';
export { type FileKind, type RecognizedFile, otherThan, recognizeFile } from './recognize-file.js';
export * from './registry.js';
export { type SafeTensor, type SafeTensorType, assertFinite, toFloat32 } from './safe-tensor.js';
export * from './safetensors.js';
export * from './shape.js';
export type * from './simulator.js';
export {
  type GrowingShapes,
  growingShapes,
  type InferredShapes,
  inferShapes,
  shapeAt,
  tryInferShapes,
} from './shape-inference.js';
export { slidingOutput } from './shape-rules.js';
export { saidOnce } from './said-once.js';
export { someOf } from './some-of.js';
export * from './spec.js';
export { growthOf } from './temporal-coding.js';
export { textTable } from './text-table.js';
export * from './validation.js';
export { type ValueBounds } from './value-bounds.js';
