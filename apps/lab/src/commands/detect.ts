import { extname } from 'node:path';
import { fitImage, normalizer } from '@rheobase/datasets';
import { decodeImage } from '@rheobase/datasets/node';
import { type Detection, detections, mapsOf } from '@rheobase/detection';
import { bind, startTensorBackend } from '@rheobase/execution';
import { analogMaps, mapsAfter } from '@rheobase/experiments';
import type { Network } from '@rheobase/network';
import type { Command } from 'commander';
import { type CommandOutput, writeResult } from '../command-output.js';
import {
  chooseDetector,
  type DetectorOptions,
  isSpiking,
  sayRandomWeights,
  sourceBeside,
  withDetectorOptions,
} from '../detector-choice.js';
import {
  assertDetectorRecipeApplies,
  convertByFolder,
  type DetectorRecipeOptions,
  given,
  withDetectorRecipe,
} from '../detector-recipe.js';
import { assertEngineApplies, type EngineOptions, startEngine, withEngineOptions } from '../engine-choice.js';
import { writeDetectionPicture } from '../detection-picture.js';
import { numberUpTo, path, wholeNumber } from '../option-values.js';
import { prepareOutputFile } from '../output-file.js';
import { table } from '../table.js';

type Options = DetectorOptions &
  DetectorRecipeOptions &
  EngineOptions & {
    readonly image: string;
    readonly out?: string;
    readonly steps?: number;
    readonly compare?: boolean;
    readonly score: number;
    readonly json?: boolean;
  };

/** What one network found. */
interface Finding {
  readonly kind: 'analog' | 'spiking';
  readonly steps?: number;
  readonly detections: readonly Detection[];
}

/** `rheobase detect`: boxes around what a detector finds in an image. */
export function detectCommand(program: Command, output: CommandOutput): void {
  const command = program
    .command('detect')
    .description('find objects in an image, by a detector or by the spiking network made of it')
    .requiredOption('--image <file>', 'a JPEG or PNG', path)
    .option('--out <file>', 'the image with boxes drawn on it, a .png file', path)
    .option(
      '--steps <T>',
      'time steps of the spiking network; an analog one is converted first',
      wholeNumber(1, 10_000),
    )
    .option('--compare', 'the analog and the spiking network side by side')
    .option('--score <least>', 'draws boxes of at least this score, above 0 and up to 1', numberUpTo(0, 1), 0.4)
    .option('--json', 'print one line of JSON');
  withEngineOptions(withDetectorRecipe(withDetectorOptions(command))).action(
    async (options: Options, used: Command) => {
      assertEngineApplies(options);
      if (options.out !== undefined && extname(options.out).toLowerCase() !== '.png') {
        throw new Error(`${options.out}: the picture is written as .png; give it this ending.`);
      }
      await prepareOutputFile(options.out);
      const chosen = await chooseDetector(options);
      sayRandomWeights(output, chosen);
      assertDetectorRecipeApplies(chosen.network, options, given(used));
      const image = await decodeImage(options.image);
      await startTensorBackend();
      const { detector, normalization, fit, classNames, label } = chosen;
      const fitted = fitImage(image, detector.size, fit);
      const batch = {
        images: normalizer(normalization, 3)(fitted.image.data),
        shape: [1, detector.size.height, detector.size.width, 3] as const,
      };
      const networks = await networksOf(chosen, options, output);
      const findings: Finding[] = [];
      for (const { network, steps } of networks) {
        const outputs = steps === undefined ? analog(network) : await spiking(network, steps);
        const found = detections(
          detector,
          mapsOf(detector, outputs, 0),
          { size: image, placement: fitted.placement },
          { leastScore: options.score },
        );
        findings.push({
          kind: steps === undefined ? 'analog' : 'spiking',
          ...(steps !== undefined && { steps }),
          detections: found,
        });
      }
      if (options.out !== undefined) {
        const panels = findings.map(({ kind, steps, detections: found }) => ({
          ...(findings.length > 1 && {
            title: steps === undefined ? `${label}, ${kind}` : `${label}, ${kind}, T = ${steps}`,
          }),
          detections: found,
        }));
        await writeDetectionPicture(options.out, image, panels, classNames);
      }
      const named = findings.map(({ detections: found, ...rest }) => ({
        ...rest,
        detections: found.map((one) => ({ ...one, class: classNames[one.label] ?? String(one.label) })),
      }));
      const result = {
        image: options.image,
        width: image.width,
        height: image.height,
        network: label,
        ...(options.out !== undefined && { out: options.out }),
        found: named,
      };
      writeResult(output, options, result, () => named.map(describe).join('\n\n'));

      function analog(network: Network): ReadonlyMap<string, Float32Array> {
        const bound = bind(network);
        try {
          return analogMaps(bound, batch);
        } finally {
          bound.dispose();
        }
      }

      async function spiking(network: Network, steps: number): Promise<ReadonlyMap<string, Float32Array>> {
        const { engine } = await startEngine(network, options, output);
        try {
          return mapsAfter(await engine.simulate(batch, { steps }), steps);
        } finally {
          await engine.dispose();
        }
      }
    },
  );
}

/** The networks to run, the analog one first; with T where they are spiking. */
async function networksOf(
  chosen: Awaited<ReturnType<typeof chooseDetector>>,
  options: Options,
  output: CommandOutput,
): Promise<readonly { readonly network: Network; readonly steps?: number }[]> {
  const { network } = chosen;
  if (isSpiking(network)) {
    const steps = options.steps ?? Number(network.metadata['steps']);
    if (!Number.isSafeInteger(steps) || steps < 1) {
      throw new Error('Give --steps T: the network does not say for how many time steps it was made.');
    }
    if (options.compare !== true) return [{ network, steps }];
    const source = await sourceBeside(options.network ?? '');
    if (source === undefined) {
      throw new Error('--compare needs the source network too: give --network the folder that convert-detector wrote.');
    }
    return [{ network: source }, { network, steps }];
  }
  if (options.steps === undefined) {
    if (options.compare === true) throw new Error('--compare goes with --steps T, or with a spiking --network.');
    return [{ network }];
  }
  const { source, converted } = await convertByFolder(chosen, options, options.steps, output);
  const spiking = { network: (converted.at(-1) ?? converted[0]).network, steps: options.steps };
  return options.compare === true ? [{ network: source }, spiking] : [spiking];
}

function describe({
  kind,
  steps,
  detections: found,
}: {
  readonly kind: string;
  readonly steps?: number;
  readonly detections: readonly (Detection & { readonly class: string })[];
}): string {
  const title = steps === undefined ? `${kind} network:` : `${kind} network, T = ${steps}:`;
  if (found.length === 0) return `${title} nothing`;
  const rows = found.map(({ class: name, score, box: { left, top, right, bottom } }) => [
    name,
    score.toFixed(3),
    ...[left, top, right, bottom].map((edge) => edge.toFixed(1)),
  ]);
  return `${title}\n${table([['class', 'score', 'left', 'top', 'right', 'bottom'], ...rows])}`;
}
