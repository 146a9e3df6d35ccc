export { begunCommand } from './begun-command.js';
export * from './calibration-session.js';
export { layerwiseOptions } from './calibration-stage.js';
export * from './choose-engine.js';
export { compareMethods, type CompareOptions, isComparison } from './comparison.js';
export type * from './comparison-result.js';
export { eventThreads } from './event-threads.js';
export type { DetectionRunResult } from './detection-result.js';
export { type DetectionExperiment, detectionExperimentSchema } from './detection-schema.js';
export type { DetectionStage } from './detection-stage.js';
export * from './expectations.js';
export * from './experiment-file.js';
export * from './experiment-json-schema.js';
export { configurationFields } from './run-folder.js';
export * from './run-list.js';
export { type Experiment, experimentSchema } from './experiment-schema.js';
export * from './local-processes.js';
export * from './open-split.js';
export { stageOneOfRun } from './quantized-network.js';
export * from './read-run.js';
export { fileHash, imagesHash, writeRecord } from './record.js';
export * from './reproduce.js';
export { reproduceDetection, type ReproduceDetectionOptions } from './reproduce-detection.js';
export type { RunProgress } from './run.js';
export { type AskedOfSmoke, smokeExperiment, type SmokeExperiment } from './smoke.js';
export * from './smoke-data.js';
export * from './smoke-detection.js';
export type { RunChoices } from './run-configuration.js';
export type { RunResult, StageResult } from './run-result.js';
export type { FinishedStage } from './finished-stage.js';
export * from './sweep.js';
export * from './training-folder.js';
export type { NotComparable, Verdict } from './verdict.js';
export type * from './work-queue.js';
export {
  runTrainingSession,
  StoppedEarly,
  type TrainingOutcome,
  type TrainingSession,
} from './training-session.js';
export { conversionImages, type InputPreparation, inputsOfFiles } from './unlabelled-inputs.js';
