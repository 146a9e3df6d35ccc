import { type CommandOutput, say } from './command-output.js';

/** Runs work that can be interrupted with Ctrl-C: the step under way is finished, and what is needed to go on is kept. */
export async function interruptible<Result>(
  output: CommandOutput,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  const interrupt = (): void => {
    say(output, 'Interrupted: finishing the batch and leaving a checkpoint …');
    stop.abort();
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  // Begun by another process of this command, it ends when that one does. What is on disk is enough to go on.
  const alone = (): never => process.exit(1);
  process.once('disconnect', alone);
  try {
    return await work(stop.signal);
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    process.off('disconnect', alone);
  }
}
