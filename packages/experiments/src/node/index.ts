export * from '../registries.js';
export type * from './comparison/comparison-result.js';
export { compareMethods, type CompareOptions, isComparison } from './comparison/comparison.js';
export type { DetectionRunResult } from './detection/detection-result.js';
export type { DetectionStage } from './detection/detection-stage.js';
export { reproduceDetection, type ReproduceDetectionOptions } from './detection/reproduce-detection.js';
export * from './expected/expectations.js';
export type { NotComparable, Verdict } from './expected/verdict.js';
export { type DetectionExperiment, detectionExperimentSchema } from './experiment/detection-schema.js';
export * from './experiment/experiment-file.js';
export * from './experiment/experiment-json-schema.js';
export { type Experiment, experimentSchema } from './experiment/experiment-schema.js';
export type { RunChoices } from './experiment/run-configuration.js';
export { begunCommand } from './folder/begun-command.js';
export { imagesHash, type ReadImages } from './folder/image-hashes.js';
export { fileHash, writeRecord } from './folder/record.js';
export * from './folder/run-files.js';
export { configurationFields, differingFields } from './folder/configuration-fields.js';
export type { CommandRecord } from './reading/command-record.js';
export { withPlugins } from './plugins/load-plugin.js';
export { definePlugin, type Plugin } from './plugins/plugin.js';
export * from './reading/read-run.js';
export * from './reading/run-list.js';
export * from './smoke/smoke-data.js';
export * from './smoke/smoke-detection.js';
export { type AskedOfSmoke, smokeExperiment, type SmokeExperiment } from './smoke/smoke.js';
export * from './stages/calibration-session.js';
export { layerwiseOptions } from './stages/calibration-stage.js';
export * from './stages/choose-engine.js';
export { eventThreads } from './stages/event-threads.js';
export type { FinishedStage } from './stages/finished-stage.js';
export * from './stages/open-split.js';
export { stageOneOfRun } from './stages/quantized-network.js';
export type { RunProgress } from './stages/run.js';
export * from './stages/training-folder.js';
export {
  runTrainingSession,
  StoppedEarly,
  type TrainingOutcome,
  type TrainingSession,
} from './stages/training-session.js';
export { conversionImages, type InputPreparation, inputsOfFiles } from './stages/unlabelled-inputs.js';
export * from './sweep/local-processes.js';
export * from './sweep/sweep.js';
export type * from './sweep/work-queue.js';
export * from './two-stage/reproduce.js';
export type { RunResult, StageResult } from './two-stage/run-result.js';
