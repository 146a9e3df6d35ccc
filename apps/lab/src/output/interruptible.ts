import { constants } from 'node:os';
import { StoppedEarly } from '@rheobase/experiments/node';
import { type CommandOutput, say } from './command-output.js';

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type StopSignal = (typeof stopSignals)[number];

/** The signal that stopped some work; the reason of the {@link AbortSignal} of {@link interruptible}. */
class Interruption extends Error {
  override readonly name = 'Interruption';
  constructor(readonly by: StopSignal) {
    super('Interrupted. The same command resumes it.');
  }
}

/** The signals that stopped work which can be resumed. */
const stoppedBy = new WeakMap<StoppedEarly, StopSignal>();

/** Records which signal stopped some work. */
export function stoppedFor<Ending>(ending: Ending, { reason }: AbortSignal): Ending {
  const given: unknown = reason;
  if (ending instanceof StoppedEarly && given instanceof Interruption) stoppedBy.set(ending, given.by);
  return ending;
}

/** The exit code of a command that ended with an error: 128 plus the signal's number if a signal stopped it, as in shells, else 1. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof StoppedEarly) return 128 + constants.signals[stoppedBy.get(error) ?? 'SIGINT'];
  return error instanceof Interruption ? 128 + constants.signals[error.by] : 1;
}

/**
 * Runs work that can be interrupted with Ctrl-C, SIGTERM, or by closing the terminal: the current step is finished, and the state for resuming is
 * saved. A second Ctrl-C ends the process at once.
 *
 * @param notice message on the signal
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
        // A second Ctrl-C ends a process on a terminal. Others may be signalled twice: with Ctrl-C by the terminal and by their parent, and with
        // other signals by whatever stops a process group.
        process.off(name, interrupt);
        process.kill(process.pid, name);
      }
    };
    // Not `once`, which removes the listener before the others run: a library that restores the cursor counts listeners, and ends the process if it
    // finds only its own.
    process.on(name, interrupt);
    return { name, interrupt };
  });
  // A child process of this command ends with its parent. The files on disk suffice to resume it.
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
