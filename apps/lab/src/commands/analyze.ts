import { ownValue } from '@rheobase/network';
import { verdict } from '@rheobase/analysis';
import { normalizationIn } from '@rheobase/datasets';
import { startTensorBackend } from '@rheobase/execution';
import { assertFits, images, runLedgers, takingImages } from '@rheobase/experiments';
import type { Network, Shape } from '@rheobase/network';
import { writeWholeFile } from '@rheobase/network/node';
import { type Registries, vectorOrderOf } from '@rheobase/experiments/node';
import type { Command } from 'commander';
import { basename } from 'node:path';
import { type CommandOutput, say, writeResult } from '../output/command-output.js';
import { chooseDataset, openImages } from '../choices/dataset-choice.js';
import { type FolderOptions, withFolderOptions } from '../choices/folder-choice.js';
import { chooseNormalization, withNormalizationOptions } from '../choices/normalization-choice.js';
import { type LedgerFolder, readLedgerFolder } from '../reproduction/ledger-folder.js';
import { ledgerPicture, stageInWords } from '@rheobase/experiments/report';
import { describeLedger } from '../output/ledger-table.js';
import {
  chooseClassifier,
  type ChosenNetwork,
  datasetOf,
  networkAt,
  type NetworkOptions,
  withNetworkOptions,
} from '../choices/network-choice.js';
import { assertClassifies } from '../choices/network-task.js';
import { fileEndingIn, path, integerFrom } from '../choices/option-values.js';
import { stepsIn } from '../choices/steps-fit.js';
import { prepareOutputFile } from '../output/output-file.js';
import { writePicture } from '../output/picture-file.js';
import { progress } from '../output/progress.js';

type Options = NetworkOptions &
  FolderOptions & {
    readonly source?: string;
    readonly steps?: number;
    readonly dataset?: string;
    readonly dataDir?: string;
    readonly split: string;
    readonly normalization?: string;
    readonly limit: number;
    readonly batch?: number;
    readonly picture?: string;
    readonly out?: string;
    readonly json?: boolean;
  };

/** `rheobase analyze`: where a spiking network's errors come from, layer by layer and stage by stage (METHOD §5). */
export function analyzeCommand(program: Command, output: CommandOutput, registries: Registries): void {
  const command = program
    .command('analyze')
    .description(
      'say where a spiking network’s errors come from, layer by layer: for a folder that `rheobase reproduce` wrote, or of ' +
        '--network against its source (--source, or --model with --weights)',
    )
    .argument('[folder]', 'a run folder, with the network, its source and the networks of the stages', path)
    .option('--source <file>', 'the trained network that the spiking one was made from, as rheobase wrote it', path)
    .option('--steps <T>', 'time steps (default: those of the run)', integerFrom(1, 100_000))
    .option('--dataset <name>', 'data set (default: that of the run)', undefined)
    .option('--data-dir <folder>', 'the folder that holds the data sets’ folders, such as cifar-10-batches-bin', path)
    .option('--split <name>', 'split of the set; a ledger informs choices, so by default not the test images', 'train')
    .option('--limit <images>', 'use only the first images', integerFrom(1), 200)
    .option('--batch <images>', 'images at a time (default: as many as fit in memory, up to 50)', integerFrom(1))
    .option(
      '--picture <file>',
      'also draw the errors by layer and stage, an .svg or .png file',
      fileEndingIn('.svg', '.png'),
    )
    .option('--out <file>', 'also write the ledgers, a .json file', fileEndingIn('.json'))
    .option('--json', 'print one line of JSON');
  withFolderOptions(withNormalizationOptions(withNetworkOptions(command), 'that of the run or the network')).action(
    async (folder: string | undefined, options: Options) => {
      await prepareOutputFile(options.picture);
      await prepareOutputFile(options.out);
      const ledger = await chooseLedger(folder, options, registries, output);
      const { source, stages, chosen, settings } = ledger;
      for (const network of [source, ...stages.map((stage) => stage.network)])
        assertClassifies(network, folder ?? options.network ?? chosen);
      const metadata = [...stages.map(({ network }) => network.metadata), source.metadata];
      const told = (field: string): string | undefined =>
        metadata.map((entry) => ownValue(entry, field)).find((text) => text !== undefined);
      const ownNormalization = metadata.map(normalizationIn).find((name) => name !== undefined);
      const steps = options.steps ?? settings.steps ?? stepsIn(told('steps'));
      if (steps === undefined) throw new Error('The number of time steps is unknown. Give --steps T.');
      const made = { label: folder ?? chosen, dataset: settings.dataset ?? told('dataset') };
      const dataset = chooseDataset(options.dataset, made, output);
      const normalization = chooseNormalization(
        options.normalization,
        settings.normalization ?? ownNormalization,
        folder ?? chosen,
        output,
      );
      const opened = await openImages({ ...options, dataset }, options.split, source, registries, output);
      try {
        const given = images(opened, normalization, { limit: options.limit, batchSize: options.batch });
        const fitting = forImages(ledger, opened.imageShape);
        for (const network of [fitting.source, ...fitting.stages.map((stage) => stage.network)])
          assertFits(network, given);
        await startTensorBackend();
        const bar = progress(
          output,
          `ledger of ${stages.map(({ name }) => stageInWords(name)).join(', ')}`,
          given.count,
          'images',
        );
        const run = await runLedgers(fitting.source, fitting.stages, given, steps, bar.to, registries).finally(bar.end);
        const own = run.stages.find(({ stage }) => stage === chosen);
        if (own === undefined) throw new Error(`There is no ledger of ${chosen}.`);
        const found = verdict(own);
        const about = `the first ${given.count} images of ${opened.name}’s split '${opened.split}'`;
        say(output, `Measured on ${about}.`);
        const result = {
          ...own,
          dataset: opened.name,
          split: opened.split,
          normalization: normalization.name,
          sourceAccuracy: run.sourceAccuracy,
          verdict: found,
          stages: Object.fromEntries(run.stages.map(({ stage, ...rest }) => [stage, rest])),
        };
        if (options.picture !== undefined) {
          const title = `Errors by layer at T = ${steps}, on ${given.count} images of ${opened.name} (${opened.split})`;
          await writePicture(
            options.picture,
            ledgerPicture(
              title,
              run.stages.map((each) => ({ ...each, stage: stageInWords(each.stage) })),
            ),
          );
        }
        if (options.out !== undefined) await writeWholeFile(options.out, `${JSON.stringify(result, undefined, 1)}\n`);
        writeResult(output, options, result, () => describeLedger(run, own, found));
      } finally {
        await opened.close();
      }
    },
  );
}

/** The networks with inputs for images, where they take vectors of as many elements. */
function forImages(
  { source, stages, vectorOrders }: LedgerFolder,
  image: Shape,
): Pick<LedgerFolder, 'source' | 'stages'> {
  return {
    source: takingImages(source, image, vectorOrders.source),
    stages: stages.map((stage) => ({ ...stage, network: takingImages(stage.network, image, vectorOrders.stages) })),
  };
}

/** The networks given by the folder or the options. */
async function chooseLedger(
  folder: string | undefined,
  options: Options,
  registries: Registries,
  output: CommandOutput,
): Promise<LedgerFolder> {
  const { network: file, source, model } = options;
  if (folder !== undefined) {
    if (file !== undefined || source !== undefined || model !== undefined) {
      throw new Error(`${folder} holds the network and its source: omit --network, --source and --model.`);
    }
    return readLedgerFolder(folder);
  }
  if (file === undefined)
    throw new Error('Nothing to analyze was given. Give a folder that `rheobase reproduce` wrote, or --network FILE.');
  if (source === undefined && model === undefined) {
    throw new Error(
      'A ledger compares with the source network: give --source FILE, or --model NAME with --weights FILE.',
    );
  }
  if (source !== undefined && model !== undefined) {
    throw new Error('Both --source and --model were given; give the source network by one of them.');
  }
  const { network, format } = await networkAt(file, options);
  const name = network.metadata['model'] ?? basename(file);
  const from =
    source === undefined
      ? await sourceModel(options, registries, output)
      : await networkAt(source, options.size && { size: options.size });
  return {
    source: from.network,
    vectorOrders: {
      source: 'format' in from ? vectorOrderOf(from) : from.vectorOrder,
      stages: vectorOrderOf({ format }),
    },
    stages: [{ name, network }],
    chosen: name,
    settings: await readSettings(network, file),
  };
}

/** The set that the network was trained on, if it or the run in its folder states one. */
async function readSettings(network: Network, file: string): Promise<LedgerFolder['settings']> {
  const dataset = await datasetOf(network, file);
  return dataset === undefined ? {} : { dataset };
}

async function sourceModel(options: Options, registries: Registries, output: CommandOutput): Promise<ChosenNetwork> {
  const { network: _, ...chosen } = options;
  if (options.weights === undefined) {
    throw new Error(
      '--model alone has random weights; give --weights, the file that the spiking network was made from.',
    );
  }
  return chooseClassifier(chosen, registries, output);
}
