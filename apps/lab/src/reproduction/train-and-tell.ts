import {
  openSplit,
  runFiles,
  type TrainingChoice,
  type TrainingFigures,
  trainingPlan,
} from '@rheobase/experiments/node';
import { datasetsFor, type FolderOptions } from '../choices/folder-choice.js';
import { recipeOf, splitOf, type TrainingOptions } from '../choices/training-options.js';
import { type CommandOutput, say, writeResult } from '../output/command-output.js';
import { percent } from '../output/figures.js';
import { drawReport } from './report-file.js';
import type { ResumableRun } from './resumable.js';
import { runTold } from './told-run.js';

type Options = TrainingOptions & FolderOptions & { readonly dataDir?: string; readonly json?: boolean };

/** Trains a network with a command's options, prints the result and records it in the run's folder. */
export async function trainAndTell(
  { options, command: words, registries }: ResumableRun<Options>,
  choice: Omit<TrainingChoice, 'options' | 'recipe' | 'split' | 'openTraining' | 'openTest'>,
  output: CommandOutput,
): Promise<void> {
  const { dataDir, threads, deterministic, out } = options;
  const datasets = datasetsFor(choice.dataset, choice.network, options, registries.datasets);
  const onNotice = (notice: string): void => say(output, `note: ${notice}`);
  const { result } = await runTold(
    output,
    async () =>
      trainingPlan({
        ...choice,
        options: { ...options },
        recipe: recipeOf(options),
        split: splitOf(options),
        openTraining: () => openSplit(choice.dataset, { split: 'train', dataDir, datasets, onNotice }),
        openTest: () => openSplit(choice.dataset, { dataDir, datasets }),
      }),
    { out, command: words, threads, deterministic, registries },
  );
  writeResult(output, options, result, () => describe(result, out));
  say(output, `Recorded in ${runFiles(out).result}.`);
  await drawReport(out, output);
}

function describe(figures: TrainingFigures, out: string): string {
  const { accuracy, images, validationAccuracy, heldOutImages, epochs, imagesPerSecond } = figures;
  return (
    `${percent(accuracy)} of ${images} test images, ${percent(validationAccuracy)} of ${heldOutImages} held out, after ` +
    `${epochs} ${epochs === 1 ? 'epoch' : 'epochs'} at ${imagesPerSecond.toFixed(0)} images/s. The network is ${runFiles(out).network}.`
  );
}
