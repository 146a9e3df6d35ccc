import { bind, startTensorBackend } from '@rheobase/execution';
import { clipSites, defaultModels } from '@rheobase/models';
import { kernelBuild, registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { crossEntropy } from '@rheobase/training';
import type { Command } from 'commander';
import { analogAccuracy } from '../analog-accuracy.js';
import { type CommandOutput, say, writeResult } from '../command-output.js';
import { chooseNormalization, type DatasetOptions, openImages } from '../dataset-choice.js';
import { assertFits, images } from '../image-batches.js';
import { assignment, numberUpTo } from '../option-values.js';
import { writeRecord } from '../record.js';
import { percent } from '../table.js';
import {
  augmentations,
  configurationOf,
  engineOf,
  partTraining,
  type TrainingOptions,
  withTrainingOptions,
} from '../training-choice.js';
import { interruptible, trainingFolder } from '../training-folder.js';
import { train } from '../training-run.js';

type Options = Pick<DatasetOptions, 'dataset' | 'dataDir' | 'normalization'> &
  TrainingOptions & {
    readonly model: string;
    readonly modelOption: Readonly<Record<string, unknown>>;
    readonly threshold: number;
    readonly smoothing: number;
    readonly json?: boolean;
  };

/** `rheobase train`: a source network with trainable clips, from scratch (METHOD §1). */
export function trainCommand(program: Command, output: CommandOutput): void {
  const command = program
    .command('train')
    .description('train a source network with trainable clips from scratch, and write it')
    .requiredOption('--model <name>', 'architecture; `rheobase models` lists them')
    .option('--model-option <name=value>', 'option of the architecture', assignment, {})
    .requiredOption('--dataset <name>', 'data set; `rheobase datasets` lists them')
    .option('--data-dir <folder>', 'the folder that holds the data sets’ folders')
    .option('--normalization <name>', 'how pixels become inputs; the model’s own unless given')
    .option('--threshold <number>', 'what θ begins at', numberUpTo(0, 1000), 5)
    .option('--smoothing <share>', 'label smoothing', Number, 0)
    .option('--json', 'print one line of JSON');
  withTrainingOptions(command, { epochs: 300, rate: 0.1, weightDecay: 5e-4, augment: 'strong' }).action(
    async (options: Options) => {
      const start = performance.now();
      const folder = await trainingFolder(options.out);
      const family = defaultModels.get(options.model);
      const normalization = chooseNormalization(options.normalization, family.normalization);
      const network = family.build({
        seed: options.seed,
        activation: clipSites(options.threshold),
        ...options.modelOption,
      });
      await startTensorBackend();
      await registerTrainingKernels({ deterministic: options.deterministic ?? false });
      const source = await openImages(options, 'train');
      const { training, heldOut } = await partTraining(source, normalization, options);
      assertFits(network, heldOut);

      const trained = await interruptible(output, (signal) =>
        train(
          {
            ...options,
            network,
            training,
            heldOut,
            normalization,
            augment: augmentations(options.augment, normalization),
            batchSize: options.batch,
            warmUp: 0,
            more: {
              ...engineOf(options),
              configuration: configurationOf(options),
              loss: crossEntropy({ smoothing: options.smoothing }),
              checkpoints: { store: folder.checkpoints, everyBatches: 50 },
              microBatch: options.microBatch ?? Math.ceil(options.batch / 2),
              signal,
            },
          },
          output,
        ),
      );
      const { result } = trained;
      if (!result.completed) {
        throw new Error(`Stopped before its end. The same command goes on from ${folder.checkpoints.name}.`);
      }
      const metadata = { ...trained.network.metadata, normalization: normalization.name };
      await folder.writeNetwork('network.safetensors', { ...trained.network, metadata });
      await source.close();

      // The test set is read here, once.
      const test = images(await openImages(options, undefined), normalization, { batch: 100 });
      const bound = bind(trained.network);
      const { accuracy, images: testImages } = await analogAccuracy(bound, test, () => undefined);
      bound.dispose();
      await test.source.close();

      const figures = {
        accuracy,
        validationAccuracy: result.best?.score ?? Number.NaN,
        images: testImages,
        epochs: options.epochs,
        imagesPerSecond: result.imagesPerSecond,
        seconds: (performance.now() - start) / 1000,
        best: result.best,
        history: result.history,
        kernels: kernelBuild(),
      };
      writeResult(
        output,
        options,
        figures,
        () =>
          `${percent(accuracy)} of ${testImages} test images, ${percent(figures.validationAccuracy)} of ${options.heldOut} held out, after ` +
          `${options.epochs} epochs at ${result.imagesPerSecond.toFixed(0)} images/s. The network is ${options.out}/network.safetensors.`,
      );
      await writeRecord(folder.resultFile, 'train', { ...options }, {}, figures);
      say(output, `Recorded in ${folder.resultFile}.`);
    },
  );
}
