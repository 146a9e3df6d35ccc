export * from './calibration-file.js';
