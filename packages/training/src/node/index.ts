export * from './checkpoint-file.js';
export * from './gradient-pool.js';
