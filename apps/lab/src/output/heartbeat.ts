import { type CommandOutput, say, silenceOf } from './command-output.js';

/** Longest time without a message if the output is not a terminal, in milliseconds. */
const longestSilence = 30_000;

/** Descriptions of the current work, by stream. */
const underWay = new WeakMap<CommandOutput['messages'], () => string>();

/** Reports the current work after a long silence, unless a terminal shows it. */
function beat(output: CommandOutput): void {
  const describe = underWay.get(output.messages);
  if (output.messages.isTTY === true || describe === undefined || silenceOf(output) < longestSilence) return;
  say(output, describe());
}

/** Work that is reported periodically. */
export interface Told {
  /** Reports progress if it is time. Cheap to call often; needed by work that blocks timers. */
  beat(): void;
  end(): void;
}

/** Starts reporting some work, replacing the previous one until its end. */
export function tellOf(output: CommandOutput, describe: () => string): Told {
  const before = underWay.get(output.messages);
  underWay.set(output.messages, describe);
  // The silence starts now, unless there was a message before.
  silenceOf(output);
  return {
    beat: () => beat(output),
    end: () => {
      if (underWay.get(output.messages) !== describe) return;
      if (before === undefined) underWay.delete(output.messages);
      else underWay.set(output.messages, before);
    },
  };
}

/** Runs a command. In a log or a pipe, where no bar is visible, it reports progress every half minute: minutes of silence look like a hang. */
export async function withHeartbeat<Result>(output: CommandOutput, work: () => Promise<Result>): Promise<Result> {
  const startTime = performance.now();
  const told = tellOf(output, () => `still working, for ${inMinutes(performance.now() - startTime)}`);
  const timer = setInterval(told.beat, longestSilence / 6);
  // The timer does not keep the process alive.
  timer.unref();
  try {
    return await work();
  } finally {
    clearInterval(timer);
    told.end();
  }
}

/** A duration in milliseconds, rounded for humans. */
export function inMinutes(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
