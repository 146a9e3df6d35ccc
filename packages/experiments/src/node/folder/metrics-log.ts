import { appendFile, open } from 'node:fs/promises';
import { fileReason, readText } from '@rheobase/network/node';
import { fieldsOf } from './fields-of.js';
import { runFiles } from './run-files.js';

/** Numbers and words about one event of a run. */
export type Metrics = Readonly<Record<string, string | number | boolean>>;

/** The metrics of a run, one line of JSON each. */
export interface MetricsLog {
  /**
   * Adds a line, in its turn.
   *
   * @param task what is under way
   */
  note(task: string, metrics: Metrics): void;
  /** Adds a line for work that reports very often: at most one per second. */
  sample(task: string, metrics: Metrics): void;
  /**
   * Waits until everything is written.
   *
   * @throws naming the file, if a line could not be written.
   */
  close(): Promise<void>;
}

/** The events that a run has reported, in order. Damaged lines are left out; a folder without metrics has none. */
export async function readMetrics(folder: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const text = await readText(runFiles(folder).metrics).catch(() => '');
  return text
    .split('\n')
    .map(fieldsOf)
    .filter((fields) => fields !== undefined);
}

const betweenSamples = 1000;

/**
 * Opens the metrics of a run, to append to the existing ones. A line that a killed process has left unfinished is removed.
 *
 * @throws naming the file, if it cannot be read or written.
 */
export async function openMetricsLog(file: string): Promise<MetricsLog> {
  await removeUnfinishedLine(file);
  let writing: Promise<void> = Promise.resolve();
  const sampled = new Map<string, number>();
  const note: MetricsLog['note'] = (task, metrics) => {
    const line = `${JSON.stringify({ at: new Date().toISOString(), task, ...metrics })}\n`;
    writing = writing.then(() => appendFile(file, line));
    // Told of when the log is closed; until then nobody waits for it.
    writing.catch(() => undefined);
  };
  return {
    note,
    sample: (task, metrics) => {
      const now = performance.now();
      if (now - (sampled.get(task) ?? Number.NEGATIVE_INFINITY) < betweenSamples) return;
      sampled.set(task, now);
      note(task, metrics);
    },
    close: () => writing.catch((error: unknown) => Promise.reject(failure(file, error))),
  };
}

async function removeUnfinishedLine(file: string): Promise<void> {
  try {
    const log = await open(file, 'a+');
    try {
      const text = await log.readFile();
      const end = text.lastIndexOf(0x0a) + 1;
      if (end < text.length) await log.truncate(end);
    } finally {
      await log.close();
    }
  } catch (error) {
    throw failure(file, error);
  }
}

function failure(file: string, error: unknown): Error {
  return new Error(`${file}: the metrics cannot be written (${fileReason(error)}).`, { cause: error });
}
