export { EngineMemoryFullError } from './engine-memory.js';
export {
  type EventEngine,
  type EventEngineOptions,
  type EventSimulateOptions,
  eventEngine,
} from './event-engine.js';
export { supportedNeurons } from './neuron-population.js';
