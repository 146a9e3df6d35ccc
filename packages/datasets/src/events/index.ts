export * from './event-frames.js';
export * from './event-recording.js';
export type * from './event-source.js';
