import { memoryFailure } from '@rheobase/tfjs-wasm-training';

/** A run needs more memory than is available. */
export class BatchTooLargeError extends Error {
  override readonly name = 'BatchTooLargeError';

  constructor(
    /** Images of the batch. */
    readonly images: number,
    /** Number of images to try; undefined if a single image is too many. */
    readonly suggested: number | undefined,
    /** Whether the backend is still usable; if not, restart it (another process, or `tf.removeBackend`). */
    readonly usable: boolean,
    cause: unknown,
  ) {
    const remedy =
      suggested === undefined
        ? 'A single image is too large for it: take smaller images, or a smaller network.'
        : `Take a smaller batch: ${suggested} ${suggested === 1 ? 'image' : 'images'} at a time.`;
    const state = usable ? '' : ' tfjs’ wasm backend may be damaged by this: start a new process before you continue.';
    super(`Out of memory: a batch of ${count(images)} needs more than tfjs can have. ${remedy}${state}`, { cause });
  }
}

/**
 * Runs code that works on a batch, and reports when memory runs out.
 *
 * @param suggest how many images are likely to fit; at most half of the batch is suggested
 * @throws {BatchTooLargeError} if memory runs out; other errors unchanged.
 */
export function withinMemory<Result>(images: number, suggest: () => number, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const kind = memoryFailure(error);
    if (kind === undefined) throw error;
    const suggested = images > 1 ? Math.max(1, Math.min(suggest(), Math.floor(images / 2))) : undefined;
    throw new BatchTooLargeError(images, suggested, kind === 'refused', error);
  }
}

function count(images: number): string {
  return images === 1 ? 'one image' : `${images} images`;
}
