import { memoryFailure } from '@rheobase/tfjs-wasm-training';

/** A run needs more memory than there is. */
export class BatchTooLargeError extends Error {
  override readonly name = 'BatchTooLargeError';

  constructor(
    /** Images of the batch. */
    readonly images: number,
    /** How many to try; none where a single image is too many. */
    readonly suggested: number | undefined,
    /** Whether the backend can go on; if not, start it anew (another process, or `tf.removeBackend`). */
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
 * Runs some code that works on a batch; where memory ends in it, says so.
 *
 * @param suggest how many images are likely to fit; never more than half of the batch are suggested
 * @throws {BatchTooLargeError} where memory ends; other errors as they are.
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
