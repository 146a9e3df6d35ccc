import type { JobState, SweepCell } from '@rheobase/experiments/node';
import { Listr, ListrLogger, ProcessOutput } from 'listr2';
import { printable, printableLine } from '@rheobase/network';
import { type CommandOutput, say } from '../output/command-output.js';
import { tellOf } from '../output/heartbeat.js';

/** Shows the progress of a sweep's cells. */
export interface SweepOverview {
  show(cell: SweepCell, state: JobState): void;
  end(): Promise<void>;
}

/** On a terminal, an updated line per cell; elsewhere a line whenever one starts or ends. */
export function sweepOverview(output: CommandOutput, cells: readonly SweepCell[]): SweepOverview {
  return output.messages.isTTY === true ? liveOverview(cells) : plainOverview(output);
}

function plainOverview(output: CommandOutput): SweepOverview {
  const begun = new Map<SweepCell, number>();
  const running = new Map<SweepCell, string>();
  const told = tellOf(output, () => [...running].map(([{ name }, note]) => `${name}: ${note}`).join('\n'));
  return {
    show: (cell, state) => {
      if (state.kind === 'running') {
        running.set(cell, inWords(state));
        if (begun.get(cell) === state.attempt) return;
        begun.set(cell, state.attempt);
        say(output, `${cell.name}: ${state.attempt === 1 ? 'started' : 'restarted'}`);
        return;
      }
      running.delete(cell);
      say(output, `${cell.name}: ${inWords(state)}`);
    },
    end: async () => told.end(),
  };
}

function liveOverview(cells: readonly SweepCell[]): SweepOverview {
  const lines = new Map(cells.map((cell) => [cell, liveLine()]));
  const logger = new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) });
  const list = new Listr(
    cells.map((cell) => ({
      title: cell.name,
      task: (_: unknown, task: { title: string; output: string }) =>
        lines.get(cell)?.shownOn((text) => {
          task.title = printableLine(`${cell.name}  ${text}`);
        }),
    })),
    {
      concurrent: true,
      exitOnError: false,
      // The library's handler would end the process before the runs are told to stop.
      registerSignalListeners: false,
      rendererOptions: { logger, collapseErrors: true },
    },
  );
  const shown = list.run().catch(() => undefined);
  return {
    show: (cell, state) => lines.get(cell)?.to(state),
    end: async () => {
      for (const line of lines.values()) line.to({ kind: 'stopped' });
      await shown;
    },
  };
}

/** A cell's line, which ends with the cell. */
function liveLine(): { to(state: JobState): void; shownOn(write: (text: string) => void): Promise<void> } {
  let write: (text: string) => void = () => undefined;
  let ended = false;
  const { promise, resolve, reject } = deferred();
  promise.catch(() => undefined);
  return {
    to: (state) => {
      if (ended) return;
      write(inWords(state));
      if (state.kind === 'finished') resolve();
      else if (state.kind === 'failed' || state.kind === 'stopped') reject(new Error(printable(inWords(state))));
      ended = state.kind !== 'running' && state.kind !== 'waiting';
    },
    shownOn: (given) => {
      write = given;
      write('waiting');
      return promise;
    },
  };
}

function deferred(): { promise: Promise<void>; resolve: () => void; reject: (reason: Error) => void } {
  let [resolve, reject]: [() => void, (reason: Error) => void] = [() => undefined, () => undefined];
  const promise = new Promise<void>((settle, fail) => {
    [resolve, reject] = [settle, fail];
  });
  return { promise, resolve, reject };
}

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
      return `${state.attempt > 1 ? 'again: ' : ''}${state.note}`;
    case 'finished':
      return 'finished';
    case 'failed':
      return `failed ${state.attempts} times: ${failureInWords(state)}`;
    case 'stopped':
      return 'stopped';
  }
}
