export { checkIndices, type ImageBatch, type ImageSource, type SplitName } from './image-source.js';
