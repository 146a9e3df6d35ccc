/** Why something in a set's folder is not among its images. */
export type SkipReason =
  /** Its name begins with a dot, as those of system files and notebooks' checkpoints do. */
  | 'hidden'
  /** Its name has no ending of an image. */
  | 'other-ending'
  /** A broken link. */
  | 'broken-link'
  /** A pipe, a socket or a device. */
  | 'no-file'
  /** A folder that was already read, because several links lead to it, or a circular one. */
  | 'read-before'
  /** An image outside the class folders. */
  | 'outside-classes'
  /** A class folder without images. */
  | 'class-without-images';

/** Something in a set's folder that is not among its images. */
export interface SkippedFile {
  readonly path: string;
  readonly reason: SkipReason;
}

const inWords: Readonly<Record<SkipReason, readonly [one: string, many: string]>> = {
  hidden: ['hidden entry', 'hidden entries'],
  'other-ending': ['file without an image extension', 'files without an image extension'],
  'broken-link': ['broken link', 'broken links'],
  'no-file': ['pipe, socket or device', 'pipes, sockets or devices'],
  'read-before': ['folder that was already read', 'folders that were already read'],
  'outside-classes': ['image outside the class folders', 'images outside the class folders'],
  'class-without-images': ['class folder without images', 'class folders without images'],
};

/** Paths that are named of each reason. */
const shown = 3;

/**
 * What was left out of a set, in a sentence: how many entries for which reason, the first of each by name.
 *
 * @returns nothing where nothing was left out
 */
export function describeSkipped(skipped: readonly SkippedFile[]): string | undefined {
  if (skipped.length === 0) return undefined;
  const reasons = [...new Set(skipped.map(({ reason }) => reason))];
  const parts = reasons.map((reason) => {
    const paths = skipped.filter((file) => file.reason === reason).map(({ path }) => path);
    const more = paths.length > shown ? ', …' : '';
    const what = inWords[reason][paths.length === 1 ? 0 : 1];
    return `${paths.length} ${what} (${paths.slice(0, shown).join(', ')}${more})`;
  });
  return `skipped ${parts.join('; ')}`;
}
