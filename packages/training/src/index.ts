export * from './fit.js';
export * from './loss.js';
export * from './schedule.js';
export * from './sgd.js';
