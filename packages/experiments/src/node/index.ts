export * from './open-split.js';
export * from './record.js';
export * from './training-folder.js';
export * from './training-session.js';
