import { Writable } from 'node:stream';
import type { JobState, SweepCell } from '@rheobase/experiments/node';
import { printable, printableLine } from '@rheobase/network';
import { MultiBar, type SingleBar } from 'cli-progress';
import { barLine } from '../output/bar-line.js';
import { type CommandOutput, say } from '../output/command-output.js';
import { tellOf } from '../output/heartbeat.js';

/** Shows how far the cells of a sweep are. */
export interface SweepOverview {
  /** For messages while it is shown. */
  readonly output: CommandOutput;
  show(cell: SweepCell, state: JobState): void;
  end(): void;
}

/**
 * On a terminal a bar for the sweep and a line for each running cell, kept up to date, below a line for each cell that has ended; elsewhere
 * a line whenever one begins or ends.
 */
export function sweepOverview(output: CommandOutput, cells: readonly SweepCell[]): SweepOverview {
  return output.messages.isTTY === true ? liveOverview(output, cells.length) : plainOverview(output);
}

function plainOverview(output: CommandOutput): SweepOverview {
  const started = new Map<SweepCell, number>();
  const running = new Map<SweepCell, string>();
  const told = tellOf(output, () => [...running].map(([{ name }, note]) => `${name}: ${note}`).join('\n'));
  return {
    output,
    show: (cell, state) => {
      if (state.kind === 'running') {
        running.set(cell, inWords(state));
        if (started.get(cell) === state.attempt) return;
        started.set(cell, state.attempt);
        say(output, `${cell.name}: ${state.attempt === 1 ? 'started' : 'restarted'}`);
        return;
      }
      running.delete(cell);
      say(output, `${cell.name}: ${inWords(state)}`);
    },
    end: told.end,
  };
}

/** Like other bars, it changes nothing about the terminal that would have to be changed back (docs/decisions/0029). */
function liveOverview({ results, messages }: CommandOutput, cells: number): SweepOverview {
  const bars = new MultiBar({
    stream: messages,
    clearOnComplete: true,
    hideCursor: false,
    linewrap: true,
    fps: 2,
    // Lines move when another is written above them.
    forceRedraw: true,
  });
  const notes = new Map<SweepCell, string>();
  const lines = new Map<SweepCell, SingleBar>();
  const sweep = bars.create(cells, 0, undefined, {
    format: (_, { value: done, total, maxWidth }) =>
      barLine({ label: 'runs', done, total, told: `done, ${notes.size} running`, remark: '' }, maxWidth),
  });
  // More lines than the terminal has could not be drawn again in their place.
  const most = (messages.rows ?? 24) - 2;
  const follow = (cell: SweepCell, note: string): void => {
    notes.set(cell, printableLine(note));
    if (lines.has(cell) || lines.size >= most) return;
    const format = (_: unknown, { maxWidth }: { readonly maxWidth: number }): string =>
      (notes.get(cell) ?? '').slice(0, maxWidth);
    lines.set(cell, bars.create(1, 0, undefined, { format }));
  };
  const above = (text: string): void => {
    bars.log(text.replaceAll('\n', `${clearToTheRight}\n`));
    bars.update();
  };
  return {
    output: {
      results,
      messages: new Writable({
        write: (text, _encoding, done) => {
          above(String(text));
          done();
        },
      }),
    },
    show: (cell, state) => {
      const text = `${cell.name}: ${inWords(state)}`;
      if (state.kind === 'running') return follow(cell, text);
      const line = lines.get(cell);
      lines.delete(cell);
      notes.delete(cell);
      sweep.increment();
      if (line !== undefined) bars.remove(line);
      above(`${printable(text)}\n`);
    },
    end: () => bars.stop(),
  };
}

const clearToTheRight = '\u001b[K';

/** What went wrong, and where the full log is. */
export function failureInWords({
  reason,
  log,
}: {
  readonly reason: string;
  readonly log?: string | undefined;
}): string {
  return log === undefined ? reason : `${reason}; its full output is in ${log}`;
}

function inWords(state: JobState): string {
  switch (state.kind) {
    case 'waiting':
      return 'waiting';
    case 'running':
      return `${state.attempt > 1 ? 'again: ' : ''}${state.note === '' ? 'started' : state.note}`;
    case 'finished':
      return 'finished';
    case 'failed':
      return `failed ${state.attempts} times: ${failureInWords(state)}`;
    case 'stopped':
      return 'stopped';
  }
}
