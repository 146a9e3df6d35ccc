export * from './packages-reached.js';
