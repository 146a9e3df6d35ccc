import { constants } from 'node:os';
import { StoppedEarly } from '@rheobase/experiments/node';
import { type CommandOutput, say } from './command-output.js';

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type StopSignal = (typeof stopSignals)[number];

/** The signal that stopped some work; what an {@link AbortSignal} of {@link interruptible} is aborted with. */
class Interruption extends Error {
  override readonly name = 'Interruption';
  constructor(readonly by: StopSignal) {
    super('Interrupted. The same command resumes it.');
  }
}

/** The signals that stopped work which left something to go on with. */
const stoppedBy = new WeakMap<StoppedEarly, StopSignal>();

/** Notes of the end of some work which signal it was that stopped it. */
export function stoppedFor<Ending>(ending: Ending, { reason }: AbortSignal): Ending {
  const given: unknown = reason;
  if (ending instanceof StoppedEarly && given instanceof Interruption) stoppedBy.set(ending, given.by);
  return ending;
}

/** The exit code of a command that ended with an error: 128 and the signal's number if a signal stopped it, as shells tell it, else 1. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof StoppedEarly) return 128 + constants.signals[stoppedBy.get(error) ?? 'SIGINT'];
  return error instanceof Interruption ? 128 + constants.signals[error.by] : 1;
}

/**
 * Runs work that can be interrupted with Ctrl-C, SIGTERM, or by closing the terminal: the step under way is finished, and what is needed to
 * go on is kept. A second Ctrl-C ends the process at once.
 *
 * @param notice said when the signal comes
 */
export async function interruptible<Result>(
  output: CommandOutput,
  work: (signal: AbortSignal) => Promise<Result>,
  notice = 'Interrupted: finishing the batch and writing a checkpoint …',
): Promise<Result> {
  const stop = new AbortController();
  const listeners = stopSignals.map((name) => {
    const interrupt = (): void => {
      if (!stop.signal.aborted) {
        say(output, notice);
        stop.abort(new Interruption(name));
      } else if (name === 'SIGINT' && !process.connected) {
        // A second Ctrl-C ends a process that a person watches. Others may be told twice: of Ctrl-C by the terminal and by the process of
        // this command that began them, and of other signals by whoever stops all of a group.
        process.off(name, interrupt);
        process.kill(process.pid, name);
      }
    };
    // Not `once`, which takes the listener away before the others run: a library that restores the cursor counts them, and ends the process
    // if it finds none but its own.
    process.on(name, interrupt);
    return { name, interrupt };
  });
  // Begun by another process of this command, it ends when that one does. What is on disk is enough to go on.
  const alone = (): never => process.exit(1);
  process.once('disconnect', alone);
  try {
    return await work(stop.signal);
  } catch (error) {
    throw stoppedFor(error, stop.signal);
  } finally {
    for (const { name, interrupt } of listeners) process.off(name, interrupt);
    process.off('disconnect', alone);
  }
}
