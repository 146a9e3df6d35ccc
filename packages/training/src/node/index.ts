export * from './checkpoint-file.js';
export * from './gradient-pool.js';
export * from './kept-state.js';
