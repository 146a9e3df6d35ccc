import { SingleBar } from 'cli-progress';
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
