export * from './energy.js';
export * from './energy-model.js';
export { energyProbes, spikeCountProbes } from './energy-probes.js';
export * from './fan-out.js';
export * from './firing-statistics.js';
export * from './macs.js';
export {
  type LayerOperations,
  type OperationsOverTime,
  operationsAt,
  type SynapticOperations,
  synapticOperations,
} from './synaptic-operations.js';
