import { SingleBar } from 'cli-progress';
import type { AccuracyProgress, TrainingRunProgress } from '@rheobase/experiments';
import { printableLine } from '@rheobase/network';
import { barLine } from './bar-line.js';
import type { CommandOutput } from './command-output.js';
import { inMinutes, tellOf } from './heartbeat.js';

/** Progress of some work. */
export interface Progress {
  to(value: number, note?: string): void;
  end(): void;
}

/**
 * A bar with the remaining time on the message stream; a line every half minute if that is not a terminal.
 *
 * @param from how much was done before this process started or before its speed was known; excluded from the estimate of the remaining time
 */
export function progress(output: CommandOutput, label: string, total: number, unit: string, from = 0): Progress {
  return output.messages.isTTY === true
    ? liveBar(output, printableLine(label), { total, unit, from })
    : spokenProgress(output, label, { total, unit, from });
}

interface Extent {
  readonly total: number;
  readonly unit: string;
  readonly from: number;
}

/**
 * Changes no terminal modes: the cursor stays visible, and lines are cut instead of turning off wrapping. So a process can end at any moment, by any
 * signal (docs/decisions/0029).
 */
function liveBar({ messages }: CommandOutput, label: string, { total, unit, from }: Extent): Progress {
  let remark = '';
  const bar = new SingleBar({
    format: (_options, { value, eta, maxWidth }) => {
      // Before the speed is known, the library gives text or 0 instead of seconds.
      const isKnown = Number.isFinite(Number(eta)) && value > from && value < total;
      const left = isKnown ? `, ${inMinutes(1000 * Number(eta))} left` : '';
      return barLine({ label, done: value, total, told: `${unit}${left}`, remark }, maxWidth);
    },
    stream: messages,
    clearOnComplete: true,
    hideCursor: false,
    linewrap: true,
    etaBuffer: 20,
  });
  bar.start(total, from);
  liveBars.add(bar);
  return {
    to: (value, note = '') => {
      remark = printableLine(note);
      bar.update(value);
    },
    end: () => {
      liveBars.delete(bar);
      bar.stop();
    },
  };
}

/** A bar redraws itself periodically, and would keep the process alive after a failed command. */
const liveBars = new Set<SingleBar>();

/** Stops the bars that a command has left. */
export function endBars(): void {
  for (const bar of liveBars) bar.stop();
  liveBars.clear();
}

function spokenProgress(output: CommandOutput, label: string, { total, unit, from }: Extent): Progress {
  const startTime = performance.now();
  let [done, remark] = [from, ''];
  const left = (): string => {
    const milliseconds = ((performance.now() - startTime) * (total - done)) / (done - from);
    return done > from && done < total ? `, about ${inMinutes(milliseconds)} left` : '';
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

/** A bar for training; it starts with the first batch, when the length of the run is known. */
export function trainingBar(
  output: CommandOutput,
  label: string,
): { readonly follow: (progress: TrainingRunProgress) => void; readonly end: () => void } {
  let bar: Progress | undefined;
  return {
    follow: ({ images, totalImages, loss, imagesPerSecond, heldOut }) => {
      bar ??= progress(output, label, totalImages, 'images', images);
      const score = heldOut === undefined ? '' : ` held out ${(100 * heldOut).toFixed(1)} %`;
      bar.to(images, `loss ${loss.toFixed(2)} ${imagesPerSecond.toFixed(0)}/s${score}`);
    },
    end: () => bar?.end(),
  };
}

/** Shows on a bar the number of classified images and the accuracy so far. */
export function accuracyOn(bar: Progress): (progress: AccuracyProgress) => void {
  return ({ images, accuracy }) => bar.to(images, `${(100 * accuracy).toFixed(1)} %`);
}

/** Consecutive bars: a new one for each new task or length. */
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
        current = { key, bar: progress(output, task, total, unit, done) };
      }
      current?.bar.to(done, note);
    },
    end,
  };
}
