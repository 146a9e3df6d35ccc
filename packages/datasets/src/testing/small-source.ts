import type { ImageSource } from '../image-source.js';
import { inMemory } from '../in-memory.js';

/** Images of 2×2×3 in which every pixel encodes the image's index, labelled with three classes in turn. */
export function smallSource(length: number): ImageSource {
  return inMemory({
    name: 'small',
    split: 'train',
    classNames: ['red', 'green', 'blue'],
    imageShape: [2, 2, 3],
    images: Uint8Array.from({ length: length * 12 }, (_, at) => Math.floor(at / 12) % 256),
    labels: Array.from({ length }, (_, index) => index % 3),
  });
}
