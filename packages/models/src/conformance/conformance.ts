export { type DetectorExpectations, testDetectorFamily } from './detector-tests.js';
export { type ModelExpectations, testModelFamily } from './model-tests.js';
export type { TestRunner } from './test-runner.js';
