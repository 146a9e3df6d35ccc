export * from './expect-close.js';
export { withFailingCalls } from './failing-calls.js';
export {
  type ActivationReference,
  type NeuronReference,
  basicActivations,
  basicNeurons,
} from './model-references.js';
export { type Renamed, withHostileNames } from './hostile-names.js';
export { overflowingNetwork, overflows } from './overflowing-network.js';
export * from './random-image.js';
export * from './random-network.js';
export * from './random-neurons.js';
export * from './random-site.js';
export { withRandomStepBiases } from './random-step-biases.js';
export * from './random-values.js';
export { type ReferenceInput, referenceForward } from './reference-forward.js';
export { type ReferenceSimulation, referenceSimulate } from './reference-simulate.js';
export { stepBiasAt } from './step-bias-at.js';
export { type SpikeDifference, spikeDifferences, spikeMargin } from './spike-agreement.js';
