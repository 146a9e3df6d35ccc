import { defaultApProtocols } from '@rheobase/detection';
import { fittingBatch, startTensorBackend } from '@rheobase/execution';
import { assertDetects, assertHasObjects, type BoxImages } from '@rheobase/experiments';
import { fileHash, imagesHash, writeRecord, type Registries } from '@rheobase/experiments/node';
import type { Command } from 'commander';
import {
  type BoxDatasetOptions,
  chooseBoxDataset,
  openBoxes,
  withBoxDatasetOptions,
} from '../detectors/box-dataset-choice.js';
import { type CommandOutput, say, writeResult } from '../output/command-output.js';
import { countingOf, countingOptions, type CountingOptions, withCountingOptions } from '../choices/counting.js';
import { describeAnalog, describeSpikingDetections, namedReport } from '../detectors/detection-table.js';
import { chooseDetector, sayRandomWeights } from '../detectors/detector-choice.js';
import { detectorNetworks } from '../detectors/detector-networks.js';
import { analogPass, spikingPass } from '../detectors/detector-passes.js';
import { type DetectorRunOptions, silentBeforeRun, withDetectorRun } from '../detectors/detector-run.js';
import { assertEngineApplies, describeEngine, engineOptions } from '../choices/engine-choice.js';
import { parametersFile } from '../choices/network-choice.js';
import { fileEndingIn } from '../choices/option-values.js';
import { recordedPlugins } from '../choices/plugin-choice.js';
import { prepareOutputFile } from '../output/output-file.js';
import { assertNoneSilent, withoutSilent } from '../choices/silent-options.js';

type Options = DetectorRunOptions &
  CountingOptions &
  BoxDatasetOptions & {
    readonly protocol?: string;
    readonly record?: string;
    readonly json?: boolean;
  };

/** `rheobase evaluate-detector`: mean average precision of a detector, and of its spiking network at every t. */
export function evaluateDetectorCommand(program: Command, output: CommandOutput, registries: Registries): void {
  const command = program
    .command('evaluate-detector')
    .description('mean average precision of a detector; with --steps also of the spiking network converted from it')
    .option('--protocol <name>', `${defaultApProtocols.names.join(', ')}; (default: the set’s own)`)
    .option(
      '--record <file>',
      'also write the result with its options and versions, a .json file',
      fileEndingIn('.json'),
    )
    .option('--json', 'print one line of JSON');
  withCountingOptions(withDetectorRun(withBoxDatasetOptions(command, registries), registries)).action(
    async (options: Options, used: Command) => {
      assertEngineApplies(options);
      const counting = countingOf(options);
      await prepareOutputFile(options.record);
      const chosen = await chooseDetector(options, registries, output);
      sayRandomWeights(output, chosen);
      const silent = silentBeforeRun(chosen.network, options, [...engineOptions, ...countingOptions]);
      assertNoneSilent(used, silent);
      const { detector, normalization, fit, label } = chosen;
      const dataset = chooseBoxDataset(options.dataset, chosen, registries, output);
      const protocol = defaultApProtocols.get(options.protocol ?? dataset.protocol);
      const source = await openBoxes(dataset, options);
      try {
        const count = Math.min(options.limit ?? source.length, source.length);
        await startTensorBackend();
        const batchSize = options.batch ?? fittingBatch(chosen.network, { most: 4, neurons: registries.neurons });
        const images: BoxImages = { source, normalization, fit, size: detector.size, count, batchSize };
        assertDetects(detector, images, chosen.namesClasses ? chosen.classNames : undefined);
        // Only models of others can be given names here.
        if (!chosen.namesClasses && options.network?.toLowerCase().endsWith('.onnx') === true) {
          say(
            output,
            `note: ${label} does not name its classes; they are taken to be those of ${source.name}, in its order. Give --labels FILE to have them compared.`,
          );
        }
        assertHasObjects(images, protocol);
        const { analog, spiking } = await detectorNetworks(chosen, options, registries, output);
        const report =
          analog &&
          protocol.evaluate(await analogPass(analog, chosen, images, registries, output), detector.spec.classes);
        const simulated =
          spiking &&
          (await spikingPass(
            { analog, spiking },
            chosen,
            images,
            { ...options, protocol, counting },
            registries,
            output,
          ));
        const about = { dataset: source.name, split: source.split, images: count };
        const result = {
          network: label,
          weights: chosen.weights,
          ...about,
          normalization: normalization.name,
          fit: `${fit.shape} ${fit.filter}`,
          ...(report && { analog: namedReport(report, source.classNames) }),
          ...(simulated && { ...simulated.by, spiking: simulated.summary }),
          findings: source.findings.length,
        };
        writeResult(output, options, result, () =>
          [
            ...(report ? [describeAnalog(report, { label, ...about })] : []),
            ...(simulated ? ['', describeSpikingDetections(simulated.summary), describeEngine(simulated.by)] : []),
          ].join('\n'),
        );
        if (options.record !== undefined) {
          const settled = withoutSilent({ ...options, dataset: dataset.name }, silent);
          const sha256 = {
            ...(await hashes(options)),
            images: await imagesHash(images),
            ...recordedPlugins(registries),
          };
          await writeRecord(options.record, 'evaluate-detector', settled, sha256, result);
        }
      } finally {
        await source.close();
      }
    },
  );
}

/** Hash of the parameter file, as a record has no paths. */
async function hashes(options: Options): Promise<Readonly<Record<string, string>>> {
  const file = await parametersFile(options);
  if (file === undefined) return {};
  return { [options.network === undefined ? 'weights' : 'network']: await fileHash(file) };
}
