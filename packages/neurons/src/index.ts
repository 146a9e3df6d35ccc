export * from './neuron.js';
export * from './surrogate.js';
