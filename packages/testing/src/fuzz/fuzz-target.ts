import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/**
 * Something to test with hostile inputs: a file reader, an engine. It must return within the limits of the campaign, either normally or with one of
 * the project's own errors (see `foreignError`).
 */
export interface FuzzTarget {
  /** Extension of the files in which failing inputs are kept, with its dot. */
  readonly extension: string;
  /** An input, as the bytes of a file. The same generator gives the same input. */
  readonly generate: (random: RandomGenerator) => Uint8Array;
  /**
   * Uses an input. The return value is ignored.
   *
   * @param file path of the input, for targets that read from disk; it has the target's extension and may be overwritten
   * @throws {FuzzFinding} if a result is wrong; errors of the code under test pass through.
   */
  readonly run: (input: Uint8Array, file: string) => unknown;
  /** Every error must contain this text: the name of the file or of something in it. Absent if there is no file to name. */
  readonly named?: string | RegExp;
  /** Whether `run` reads its file from disk; it is then written before each run. */
  readonly onDisk?: boolean;
}

/** Thrown by a target if a result is wrong; always a fault, whatever its message says. */
export class FuzzFinding extends Error {
  override readonly name: string = 'FuzzFinding';
}
