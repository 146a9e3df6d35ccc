import { fileReason } from '@rheobase/network/node';
import type { CommandOutput } from './command-output.js';

/** The streams of this process, which may fail at any time: a reader exits, a disk fills up, a terminal is closed. */
export interface StandardOutput extends CommandOutput {
  /** Why results were lost, after everything is written; undefined if they were written, or if their reader closed the pipe. */
  resultsLost(): Promise<string | undefined>;
}

/**
 * The streams of this process. A stream that fails is ignored from then on, and the command continues: what it writes into its folder does not depend
 * on its output (docs/decisions/0029).
 */
export function standardOutput({
  stdout,
  stderr,
}: Pick<NodeJS.Process, 'stdout' | 'stderr'> = process): StandardOutput {
  let lost: string | undefined;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    // `| head -1` has read enough.
    if (error.code !== 'EPIPE') lost ??= fileReason(error);
  });
  stderr.on('error', () => undefined);
  return {
    results: stdout,
    messages: stderr,
    resultsLost: async () => {
      // Called after everything written before, even if that failed.
      await new Promise<void>((settle) => stdout.write('', () => settle()));
      return lost;
    },
  };
}
