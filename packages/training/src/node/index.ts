export * from './checkpoint-file.js';
