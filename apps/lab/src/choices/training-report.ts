import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readText } from '@rheobase/network/node';
import type { Normalization } from '@rheobase/datasets';
import {
  runTrainingSession,
  trainingFolder,
  type TrainingOutcome,
  type TrainingSession,
  writeRecord,
} from '@rheobase/experiments/node';
import { type CommandOutput, say, writeResult } from '../output/command-output.js';
import { interruptible } from '../output/interruptible.js';
import { assertOutputFolder } from '../output/output-file.js';
import { trainingBar } from '../output/progress.js';
import { partsOf, recipeOf, type TrainingOptions } from './training-options.js';

/** What a command trains: a network, on which images, and how. */
export interface TrainingTask extends Pick<TrainingSession, 'network' | 'dataset' | 'lesson'> {
  readonly normalization: Normalization;
}

type Options = TrainingOptions & {
  readonly dataDir?: string;
  readonly json?: boolean;
};

/**
 * Trains as a command's options say, prints the result and records it in the run's folder.
 *
 * @param prepare chooses the network
 * @param own figures of the command's own, and the result in words
 */
export async function trainAndReport(
  command: 'train' | 'finetune',
  options: Options,
  output: CommandOutput,
  prepare: () => Promise<TrainingTask>,
  own: {
    readonly figures: object;
    readonly hashes: () => Promise<Readonly<Record<string, string>>>;
    readonly describe: (outcome: TrainingOutcome) => string;
  },
): Promise<void> {
  const start = performance.now();
  await assertOutputFolder(options.out);
  await assertSameCommand(command, options.out);
  const task = await prepare();
  const folder = await trainingFolder(options.out);
  const bar = trainingBar(output, 'training');
  const outcome = await interruptible(output, (signal) =>
    runTrainingSession({
      ...task,
      recipe: recipeOf(options),
      dataDir: options.dataDir,
      parts: partsOf(options),
      threads: options.threads,
      deterministic: options.deterministic ?? false,
      folder,
      signal,
      onBatch: bar.follow,
      onWarning: (text) => say(output, `warning: ${text}`),
      onNotice: (notice) => say(output, `note: ${notice}`),
    }),
  )
    .catch(async (error: unknown) => {
      // Nothing is left of a run that failed before its first checkpoint, not even an empty folder.
      await rmdir(options.out).catch(() => undefined);
      throw error;
    })
    .finally(bar.end);
  const { result, test, validation, kernels } = outcome;
  const figures = {
    accuracy: test.accuracy,
    validationAccuracy: validation.accuracy,
    images: test.images,
    epochs: options.epochs,
    ...own.figures,
    imagesPerSecond: result.imagesPerSecond,
    seconds: (performance.now() - start) / 1000,
    best: result.best,
    history: result.history,
    kernels,
  };
  writeResult(output, options, figures, () => own.describe(outcome));
  await writeRecord(folder.resultFile, command, { ...options, dataset: task.dataset }, await own.hashes(), figures);
  say(output, `Recorded in ${folder.resultFile}.`);
}

/** @throws naming the folder, if the result in it is of another command. */
async function assertSameCommand(command: string, out: string): Promise<void> {
  const text = await readText(join(out, 'result.json')).catch(() => '');
  const [, other = command] = /"command":\s*"(?:rheobase )?([a-z-]+)/.exec(text) ?? [];
  if (other === command) return;
  throw new Error(`${out}: this folder holds a \`${other}\` run. Choose another folder with --out.`);
}
