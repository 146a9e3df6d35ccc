export type * from './nir-options.js';
export { type ReadNir, readNir } from './read-nir.js';
export { writeNir, type WriteNirOptions, type WrittenNir } from './write-nir.js';
