import { SingleBar } from 'cli-progress';
import type { AccuracyProgress, TrainingRunProgress } from '@rheobase/experiments';
import { printableLine } from '@rheobase/network';
import type { CommandOutput } from './command-output.js';
import { inMinutes, tellOf } from './heartbeat.js';

/** How far some work is. */
export interface Progress {
  to(value: number, note?: string): void;
  end(): void;
}

/** A bar with the time left on the message stream; where that is no terminal, a line every half minute. */
export function progress(output: CommandOutput, label: string, total: number, unit: string): Progress {
  return output.messages.isTTY === true
    ? liveBar(output, printableLine(label), total, unit)
    : spokenProgress(output, label, total, unit);
}

/**
 * It changes nothing about the terminal that would have to be changed back: the cursor stays visible, and lines are cut instead of wrapping
 * being off. So a process may end at any moment, by whatever signal (docs/decisions/0029).
 */
function liveBar({ messages }: CommandOutput, label: string, total: number, unit: string): Progress {
  const bar = new SingleBar({
    // The label is a field, for what braces it may have.
    format: `{label} {bar} {value}/{total} ${unit}, {eta_formatted} left {note}`,
    stream: messages,
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    clearOnComplete: true,
    hideCursor: false,
    linewrap: true,
    etaBuffer: 20,
  });
  bar.start(total, 0, { label, note: '' });
  liveBars.add(bar);
  return {
    to: (value, note = '') => bar.update(value, { note: printableLine(note) }),
    end: () => {
      liveBars.delete(bar);
      bar.stop();
    },
  };
}

/** A bar draws itself again and again, and would keep the process alive behind a command that failed. */
const liveBars = new Set<SingleBar>();

/** Takes the bars away that a command has left. */
export function endBars(): void {
  for (const bar of liveBars) bar.stop();
  liveBars.clear();
}

function spokenProgress(output: CommandOutput, label: string, total: number, unit: string): Progress {
  const began = performance.now();
  let [done, remark] = [0, ''];
  const left = (): string => {
    const milliseconds = ((performance.now() - began) * (total - done)) / done;
    return done > 0 && done < total ? `, about ${inMinutes(milliseconds)} left` : '';
  };
  const words = (): string => `${label}: ${done}/${total} ${unit}${left()}${remark === '' ? '' : ` (${remark})`}`;
  const told = tellOf(output, words);
  return {
    to: (value, note = '') => {
      [done, remark] = [value, note];
      told.beat();
    },
    end: told.end,
  };
}

/** A bar that follows training; it begins with the first batch, when the length of the run is known. */
export function trainingBar(
  output: CommandOutput,
  label: string,
): { readonly follow: (progress: TrainingRunProgress) => void; readonly end: () => void } {
  let bar: Progress | undefined;
  return {
    follow: ({ images, totalImages, loss, imagesPerSecond, heldOut }) => {
      bar ??= progress(output, label, totalImages, 'images');
      const score = heldOut === undefined ? '' : ` held out ${(100 * heldOut).toFixed(1)} %`;
      bar.to(images, `loss ${loss.toFixed(2)} ${imagesPerSecond.toFixed(0)}/s${score}`);
    },
    end: () => bar?.end(),
  };
}

/** Shows on a bar how many images were classified, and how many of them right. */
export function accuracyOn(bar: Progress): (progress: AccuracyProgress) => void {
  return ({ images, accuracy }) => bar.to(images, `${(100 * accuracy).toFixed(1)} %`);
}

/** Bars one after the other: a new one whenever another task, or another length of it, is told of. */
export function taskBar(output: CommandOutput): {
  to(
    task: string,
    at: { readonly done: number; readonly total: number; readonly unit: string; readonly note: string },
  ): void;
  end(): void;
} {
  let current: { readonly key: string; readonly bar: Progress } | undefined;
  const end = (): void => {
    current?.bar.end();
    current = undefined;
  };
  return {
    to: (task, { done, total, unit, note }) => {
      const key = `${task} ${total} ${unit}`;
      if (current?.key !== key) {
        end();
        current = { key, bar: progress(output, task, total, unit) };
      }
      current?.bar.to(done, note);
    },
    end,
  };
}
