export { describeVerdict } from './describe-verdict.js';
export * from './energy.js';
export * from './energy-model.js';
export { energyProbes, spikeCountProbes } from './energy-probes.js';
export * from './error-ledger.js';
export type { ErrorSize } from './error-size.js';
export * from './fan-out.js';
export * from './firing-statistics.js';
export { errorKinds, type ErrorKind, type LayerErrors, type ResidualShare } from './layer-errors.js';
export * from './macs.js';
export type { ChargedNeuron } from './neuron-charge.js';
export type { OutputErrors } from './output-errors.js';
export type { SiteValues } from './site-values.js';
export {
  type LayerOperations,
  type OperationsOverTime,
  operationsAt,
  type SynapticOperations,
  synapticOperations,
} from './synaptic-operations.js';
export * from './verdict.js';
