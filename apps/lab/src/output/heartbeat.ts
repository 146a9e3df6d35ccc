import { type CommandOutput, say, silenceOf } from './command-output.js';

/** A command that speaks to no terminal is silent for no longer than about this, in milliseconds. */
const longestSilence = 30_000;

/** What is under way, in words, by the stream that is told of it. */
const underWay = new WeakMap<CommandOutput['messages'], () => string>();

/** Says what is under way, if nothing was said for long and no terminal shows it. */
function beat(output: CommandOutput): void {
  const describe = underWay.get(output.messages);
  if (output.messages.isTTY === true || describe === undefined || silenceOf(output) < longestSilence) return;
  say(output, describe());
}

/** Something that is told of now and then while it is under way. */
export interface Told {
  /** Cheap to call often, and needed by work that blocks timers: it says how far it is, if it is time for that. */
  beat(): void;
  end(): void;
}

/** Begins to tell of something, in place of what was told of before, which comes back at its end. */
export function tellOf(output: CommandOutput, describe: () => string): Told {
  const before = underWay.get(output.messages);
  underWay.set(output.messages, describe);
  // From now on, unless something was said already.
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

/**
 * Runs a command. Where nobody sees a bar move, in a log or a pipe, it says every half minute how far it is, whatever it is at: silence for
 * minutes looks like a hang.
 */
export async function withHeartbeat<Result>(output: CommandOutput, work: () => Promise<Result>): Promise<Result> {
  const began = performance.now();
  const told = tellOf(output, () => `still working, for ${inMinutes(performance.now() - began)}`);
  const timer = setInterval(told.beat, longestSilence / 6);
  // It keeps no process alive that has nothing else to do.
  timer.unref();
  try {
    return await work();
  } finally {
    clearInterval(timer);
    told.end();
  }
}

/** A time in milliseconds, as far as it matters to whoever waits. */
export function inMinutes(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
