import { convert, formatReport } from '@rheobase/converter';
import { defaultNormalizations, glyphs } from '@rheobase/datasets';
import { startTensorBackend } from '@rheobase/execution';
import { images, networkAccuracy, spikingNetworkAccuracy, summarize, tensorEngine, train } from '@rheobase/experiments';
import { runFiles } from '@rheobase/experiments/node';
import { clipSites, glyphNet } from '@rheobase/models';
import { makeFolder, writeNetworkFile } from '@rheobase/network/node';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import type { Command } from 'commander';
import { type CommandOutput, say, writeResult } from '../output/command-output.js';
import { fileEndingIn, integerFrom } from '../choices/option-values.js';
import { assertNetworksFolder, prepareOutputFile } from '../output/output-file.js';
import { accuracyOn, progress, trainingBar } from '../output/progress.js';
import { describeSpiking } from '../output/spiking-table.js';
import { writePicture } from '../output/picture-file.js';
import { tablePicture } from '../output/table-picture.js';
import { percent } from '../output/figures.js';

interface Options {
  readonly steps: number;
  readonly epochs: number;
  readonly images: number;
  readonly testImages: number;
  readonly seed: number;
  readonly out: string;
  readonly picture?: string;
  readonly json?: boolean;
}

/** `rheobase quickstart`: train, convert and simulate on a procedural data set; needs no files. */
export function quickstartCommand(program: Command, output: CommandOutput): void {
  program
    .command('quickstart')
    .description(
      'train a small network on procedural images, convert it, and print accuracy and energy against time steps',
    )
    .option('--steps <T>', 'time steps to simulate', integerFrom(1, 100_000), 32)
    .option('--epochs <n>', 'passes over the training images', integerFrom(1), 5)
    .option('--images <n>', 'training images', integerFrom(64), 8000)
    .option('--test-images <n>', 'test images', integerFrom(1), 2000)
    .option('--seed <n>', 'determines weights and order', integerFrom(0), 0)
    .option('--out <folder>', 'where the two networks are written', 'runs/quickstart')
    .option('--picture <file>', 'also draw the table, an .svg or .png file', fileEndingIn('.svg', '.png'))
    .option('--json', 'print one line of JSON')
    .action(async (options: Options) => {
      const start = performance.now();
      await prepareOutputFile(options.picture);
      await assertNetworksFolder(options.out, ['source', 'network']);
      await makeFolder(options.out);
      await startTensorBackend();
      await registerTrainingKernels();
      const normalization = defaultNormalizations.get('unit');
      const training = glyphs({ split: 'train', length: options.images });
      const test = images(glyphs({ split: 'test' }), normalization, { limit: options.testImages, mostAtOnce: 100 });

      say(output, `Training on ${options.images} images of the procedural set glyphs, ${options.epochs} epochs …`);
      const learning = trainingBar(output, 'training');
      const { network: source } = await train({
        network: glyphNet({ seed: options.seed, activation: clipSites(2) }),
        training,
        normalization,
        recipe: {
          epochs: options.epochs,
          batchSize: 64,
          learningRate: 0.1,
          warmUp: 0.1,
          weightDecay: 5e-4,
          augment: 'none',
          seed: options.seed,
        },
        means: { onBatch: learning.follow },
      }).finally(learning.end);
      const trainingSeconds = (performance.now() - start) / 1000;

      const ann = await networkAccuracy(source, test);
      say(
        output,
        `Trained in ${trainingSeconds.toFixed(0)} s. Converting, and simulating ${options.steps} time steps …`,
      );

      const { network: spiking, report } = convert(source);
      const bar = progress(output, 'simulating', test.count, 'images');
      const simulated = await spikingNetworkAccuracy(spiking, test, options.steps, tensorEngine, accuracyOn(bar));
      bar.end();

      const write = (file: 'source' | 'network', network: typeof source): Promise<void> =>
        writeNetworkFile(runFiles(options.out)[file], {
          ...network,
          metadata: { ...network.metadata, normalization: 'unit' },
        });
      await write('source', source);
      await write('network', spiking);

      const summary = summarize(spiking, simulated);
      if (options.picture !== undefined) {
        const title = 'glyph-net on glyphs, accuracy after T time steps';
        await writePicture(options.picture, tablePicture(title, summary, ann.accuracy));
      }
      const seconds = (performance.now() - start) / 1000;
      writeResult(output, options, { annAccuracy: ann.accuracy, ...summary, trainingSeconds, seconds }, () =>
        [
          '',
          formatReport(report),
          '',
          describeSpiking(summary, ann.accuracy),
          '',
          `The source network gets ${percent(ann.accuracy)} of the ${ann.images} test images correct. ` +
            `Both networks are in ${options.out}. ${seconds.toFixed(0)} s in total.`,
        ].join('\n'),
      );
    });
}
