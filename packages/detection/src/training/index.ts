export { boxTrainingSource } from './box-training-source.js';
export { detectionLoss } from './detection-loss.js';
export { decodeTargets, encodeTargets } from './targets.js';
