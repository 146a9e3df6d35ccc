import { foldBatchNorm, toQuantClip } from '@rheobase/converter';
import type { ImageSource, Normalization } from '@rheobase/datasets';
import { bind, recordPercentiles, startTensorBackend } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import { kernelBuild, registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { distillation, teacherFrom } from '@rheobase/training';
import type { Command } from 'commander';
import { analogAccuracy } from '../analog-accuracy.js';
import { type CommandOutput, say, writeResult } from '../command-output.js';
import { sitesWithoutThreshold } from '../conversion-recipe.js';
import { chooseNormalization, type DatasetOptions, openImages } from '../dataset-choice.js';
import { assertFits, batchesOf, type Images, images } from '../image-batches.js';
import { chooseNetwork, type NetworkOptions, withNetworkOptions } from '../network-choice.js';
import { numberUpTo, wholeNumber } from '../option-values.js';
import { fileHash, writeRecord } from '../record.js';
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

type Options = NetworkOptions &
  Pick<DatasetOptions, 'dataset' | 'dataDir' | 'normalization'> &
  TrainingOptions & {
    readonly levels: number;
    readonly percentile: number;
    readonly noise: number;
    readonly distil: number;
    readonly temperature: number;
    readonly fold: 'before' | 'after';
    readonly json?: boolean;
  };

/** `rheobase finetune`: stage I, quantization-clip fine-tuning (METHOD §3). */
export function finetuneCommand(program: Command, output: CommandOutput): void {
  const command = program
    .command('finetune')
    .description('stage I: fine-tune a trained network with quantized activations, and write it')
    .requiredOption('--dataset <name>', 'data set; `rheobase datasets` lists them')
    .option('--data-dir <folder>', 'the folder that holds the data sets’ folders')
    .option('--normalization <name>', 'how pixels become inputs; the model’s own unless given')
    .requiredOption('--levels <L>', 'quantization levels; T time steps later', wholeNumber(1))
    .option(
      '--percentile <percent>',
      'θ of a plain ReLU begins at this percentile of its activations',
      numberUpTo(0, 100),
      99,
    )
    .option('--noise <share>', 'share of activations that pass unquantized in training', Number, 0.1)
    .option('--distil <weight>', 'how much of the loss is the source network’s, 0…1', Number, 0.7)
    .option('--temperature <tau>', 'of distillation', numberUpTo(0, 100), 4)
    .option('--fold <when>', 'batch norms are folded before or after training', 'after')
    .option('--json', 'print one line of JSON');
  withTrainingOptions(withNetworkOptions(command), {
    epochs: 16,
    rate: 0.02,
    weightDecay: 1e-4,
    augment: 'standard',
  }).action(async (options: Options) => {
    const start = performance.now();
    const folder = await trainingFolder(options.out);
    const chosen = await chooseNetwork(options);
    const normalization = chooseNormalization(options.normalization, chosen.normalization);
    await startTensorBackend();
    await registerTrainingKernels({ deterministic: options.deterministic ?? false });

    const source = await openImages(options, 'train');
    const { training, heldOut } = await partTraining(source, normalization, options);
    assertFits(chosen.network, heldOut);
    const quantized = await quantize(chosen.network, options, training, normalization);

    const teacher = bind(foldBatchNorm(chosen.network));
    const { network, result } = await interruptible(output, (signal) =>
      train(
        {
          ...options,
          network: quantized,
          training,
          heldOut,
          normalization,
          augment: augmentations(options.augment, normalization),
          batchSize: options.batch,
          warmUp: 0,
          more: {
            ...engineOf(options),
            configuration: configurationOf(options),
            loss: distillation({ temperature: options.temperature, weight: options.distil }),
            teacher: teacherFrom(teacher),
            checkpoints: { store: folder.checkpoints, everyBatches: 50 },
            microBatch: options.microBatch ?? Math.ceil(options.batch / 2),
            signal,
          },
        },
        output,
      ),
    );
    teacher.dispose();
    if (!result.completed) {
      throw new Error(`Stopped before its end. The same command goes on from ${folder.checkpoints.name}.`);
    }

    const folded = foldBatchNorm(network);
    const metadata = { ...folded.metadata, normalization: normalization.name };
    await folder.writeNetwork('network.safetensors', { ...folded, metadata });
    const validation = await accuracyOn(folded, heldOut);
    await source.close();
    // The test set is read here, once.
    const test = images(await openImages(options, undefined), normalization, { batch: 100 });
    const { accuracy, images: testImages } = await accuracyOn(folded, test);
    await test.source.close();

    const figures = {
      accuracy,
      validationAccuracy: validation.accuracy,
      images: testImages,
      epochs: options.epochs,
      levels: options.levels,
      imagesPerSecond: result.imagesPerSecond,
      seconds: (performance.now() - start) / 1000,
      best: result.best,
      history: result.history,
      kernels: kernelBuild(),
    };
    writeResult(output, options, figures, () =>
      [
        `L = ${options.levels}: ${percent(accuracy)} of ${testImages} test images, ${percent(validation.accuracy)} of ${validation.images} held out;`,
        `${options.epochs} epochs at ${result.imagesPerSecond.toFixed(0)} images/s. The network is ${options.out}/network.safetensors.`,
      ].join('\n'),
    );
    const hashes = options.weights === undefined ? {} : { network: await fileHash(options.weights) };
    await writeRecord(folder.resultFile, 'finetune', { ...options }, hashes, figures);
    say(output, `Recorded in ${folder.resultFile}.`);
  });
}

/** The network with quantized clips at its sites, θ from data where a site has none. */
async function quantize(
  network: Network,
  { levels, noise, percentile, fold }: Options,
  training: ImageSource,
  normalization: Normalization,
): Promise<Network> {
  const start = fold === 'before' ? foldBatchNorm(network) : network;
  const sites = sitesWithoutThreshold(start);
  if (sites.length === 0) return toQuantClip(start, { levels, noise });
  const bound = bind(start);
  try {
    const recorded = images(training, normalization, { limit: 1000, batch: 100 });
    const thresholds = await recordPercentiles(bound, batchesOf(recorded), { nodes: sites, percentile });
    return toQuantClip(start, { levels, noise, thresholds });
  } finally {
    bound.dispose();
  }
}

async function accuracyOn(network: Network, given: Images): Promise<Awaited<ReturnType<typeof analogAccuracy>>> {
  const bound = bind(network);
  try {
    return await analogAccuracy(bound, given, () => undefined);
  } finally {
    bound.dispose();
  }
}
