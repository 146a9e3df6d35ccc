import { SingleBar } from 'cli-progress';
import type { AccuracyProgress, TrainingRunProgress } from '@rheobase/experiments';
import type { CommandOutput } from './command-output.js';

/** How far some work is. */
export interface Progress {
  to(value: number, note?: string): void;
  end(): void;
}

/** A bar with the time left on the message stream; nothing where that is no terminal. */
export function progress(output: CommandOutput, label: string, total: number, unit: string): Progress {
  if (output.messages.isTTY !== true) return { to: () => undefined, end: () => undefined };
  const bar = new SingleBar({
    format: `${label} {bar} {value}/{total} ${unit}, {eta_formatted} left {note}`,
    stream: output.messages,
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    clearOnComplete: true,
    hideCursor: true,
    etaBuffer: 20,
  });
  bar.start(total, 0, { note: '' });
  return {
    to: (value, note = '') => bar.update(value, { note }),
    end: () => bar.stop(),
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
