import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/**
 * Something that is given hostile inputs: a reader of files, an engine that runs networks. It has to come back within the limits of the
 * campaign, either normally or with an error that is the project's own (see `foreignError`).
 */
export interface FuzzTarget {
  /** Ending of the files in which failing inputs are kept, with its dot. */
  readonly extension: string;
  /** An input, as the bytes of a file. The same generator gives the same input. */
  readonly generate: (random: RandomGenerator) => Uint8Array;
  /**
   * Uses an input. What it returns does not matter.
   *
   * @param file where the input stands, for those that read from disk; it has the target's extension and may be written to
   * @throws {FuzzFinding} if a result is wrong; whatever the code under test throws passes through.
   */
  readonly run: (input: Uint8Array, file: string) => unknown;
  /** Every error must contain this text: the name of the file, or of what is in it. Absent: there is no file to name. */
  readonly named?: string | RegExp;
  /** Whether `run` reads its file from disk, which is then written before each run. */
  readonly onDisk?: boolean;
}

/** Thrown by a target itself where a result is wrong: a fault, whatever its message says. */
export class FuzzFinding extends Error {
  override readonly name: string = 'FuzzFinding';
}
