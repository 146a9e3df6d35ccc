export type { FoldingOptions, UnfoldableBatchNorm } from './batch-norm-folding.js';
export { type ConversionProblem, conversionProblems, describeProblem } from './conversion-problems.js';
export * from './conversion-report.js';
export * from './convert.js';
export { currentCorrection } from './integer/current-correction.js';
export * from './default-site-conversions.js';
export { fittingOf, usualNeuron } from './fitting-of.js';
export { foldBatchNorm } from './fold-batch-norm.js';
export * from './format-report.js';
export { describeInactive, type InactiveSite, inactiveSites } from './inactive-sites.js';
export type { InputBound } from './integer/input-bound.js';
export {
  describeInput,
  formatIntegerReport,
  type IntegerInput,
  type IntegerLayer,
  type IntegerNeuron,
  type IntegerReport,
} from './integer/integer-report.js';
export * from './neuron-fitting.js';
export type { SpikingOptions } from './plan-spiking.js';
export * from './pool-before-sites.js';
export { replaceFunctions } from './replace-functions.js';
export * from './replace-max-pool.js';
export type { SiteOptions } from './rewrite-sites.js';
export {
  isRefusal,
  leakySlope,
  ownThreshold,
  recordedThreshold,
  type RecordedThreshold,
  type Refusal,
  type Site,
  type SiteConversion,
  type SiteMeaning,
} from './site-conversion.js';
export { thresholdsPerChannel } from './thresholds-per-channel.js';
export * from './integer/to-integer.js';
export * from './to-quant-clip.js';
export * from './to-spiking.js';
export * from './with-neuron.js';
