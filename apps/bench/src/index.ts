export { inferenceContenders } from './inference-task.js';
export { type BenchedNetworks, networksAtRate } from './inference-networks.js';
export { inferencePicture } from './inference-picture.js';
export { type InferenceResult, runInferenceSession } from './inference-session.js';
export { benchKernels, type LayerMeasurement } from './kernel-bench.js';
export { madeUpImages } from './made-up-images.js';
export { kernelContenders } from './measure-kernels.js';
export {
  measureSpikeKernels,
  type SpikeKernelBenchmark,
  type SpikeKernelMeasurement,
} from './measure-spike-kernels.js';
export { findPeers } from './peers.js';
export { randomCases, realCases } from './spike-cases.js';
export { describeFit, fitsOf } from './time-fits.js';
export { benchTraining, type Contender, type ContenderTimes, contenders } from './training-bench.js';
export type { TrainingTask } from './training-task.js';
export type { SparseMeasurement } from './measure-sparse-convolutions.js';
export {
  runSpikingTrainingSession,
  type SpikingTrainingResult,
  type SpikingTrainingSession,
} from './spiking-training-session.js';
export { findTorch } from './torch-trainer.js';
