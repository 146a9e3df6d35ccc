import { fileReason } from '@rheobase/network/node';
import type { CommandOutput } from './command-output.js';

/** The streams of this process, which may fail at any time: a reader leaves, a disk fills up, a terminal is closed. */
export interface StandardOutput extends CommandOutput {
  /** Why results were lost, once everything is written; undefined if they arrived, or if their reader has left of its own accord. */
  resultsLost(): Promise<string | undefined>;
}

/**
 * The streams of this process. A stream that fails falls silent, and the command goes on: what it writes into its folder does not depend
 * on who listens (docs/decisions/0029).
 */
export function standardOutput({
  stdout,
  stderr,
}: Pick<NodeJS.Process, 'stdout' | 'stderr'> = process): StandardOutput {
  let lost: string | undefined;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    // `| head -1` has read what it wanted.
    if (error.code !== 'EPIPE') lost ??= fileReason(error);
  });
  stderr.on('error', () => undefined);
  return {
    results: stdout,
    messages: stderr,
    resultsLost: async () => {
      // Called behind everything that was written before, whether that failed or not.
      await new Promise<void>((settle) => stdout.write('', () => settle()));
      return lost;
    },
  };
}
