import { fitImage, normalizer } from '@rheobase/datasets';
import { decodeImage } from '@rheobase/datasets/node';
import { agreement, type Detection, detections, mapsOf } from '@rheobase/detection';
import { startTensorBackend } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import { isSpiking, textTable } from '@rheobase/network';
import type { Registries } from '@rheobase/experiments/node';
import type { Command } from 'commander';
import { type CommandOutput, writeResult } from '../output/command-output.js';
import { chooseDetector, sayRandomWeights } from '../detectors/detector-choice.js';
import { type DetectorMaps, mapsOfAnalog, mapsOfSpiking, type Observer } from '../detectors/detector-maps.js';
import { type DetectorNetworks, detectorNetworks } from '../detectors/detector-networks.js';
import { type DetectorRunOptions, silentBeforeRun, withDetectorRun } from '../detectors/detector-run.js';
import { writeDetectionPicture } from '../detectors/detection-picture.js';
import { assertEngineApplies, describeEngine } from '../choices/engine-choice.js';
import { fileEndingIn, numberUpTo, path } from '../choices/option-values.js';
import { prepareOutputFile } from '../output/output-file.js';
import { assertNoneSilent } from '../choices/silent-options.js';

type Options = DetectorRunOptions & {
  readonly image: string;
  readonly out?: string;
  readonly compare?: boolean;
  readonly score: number;
  readonly json?: boolean;
};

/** `rheobase detect`: boxes around what a detector finds in an image. */
export function detectCommand(program: Command, output: CommandOutput, registries: Registries): void {
  const command = program
    .command('detect')
    .description('find objects in an image with a detector or the spiking network converted from it')
    .requiredOption('--image <file>', 'a JPEG, PNG, WebP, TIFF, BMP, PBM, PGM or PPM file', path)
    .option('--out <file>', 'the image with boxes drawn on it, a .png file', fileEndingIn('.png'))
    .option('--compare', 'show the analog and the spiking network side by side')
    .option('--score <least>', 'draw boxes of at least this score, above 0 and up to 1', numberUpTo(0, 1), 0.4)
    .option('--json', 'print one line of JSON');
  withDetectorRun(command, registries).action(async (options: Options, used: Command) => {
    assertEngineApplies(options);
    await prepareOutputFile(options.out);
    const chosen = await chooseDetector(options, registries, output);
    sayRandomWeights(output, chosen);
    assertNoneSilent(used, silentBeforeRun(chosen.network, options));
    assertComparable(chosen.network, options);
    const image = await decodeImage(options.image);
    await startTensorBackend();
    const { detector, normalization, fit, classNames, label } = chosen;
    const fitted = fitImage(image, detector.size, fit);
    const batch = {
      images: normalizer(normalization, 3)(fitted.image.data),
      shape: [1, detector.size.height, detector.size.width, 3] as const,
    };
    const { analog, spiking } = observers(await detectorNetworks(chosen, options, registries, output), options);
    const observed: readonly DetectorMaps[] = [
      ...(analog ? [mapsOfAnalog(analog, batch, registries)] : []),
      ...(spiking ? [await mapsOfSpiking(spiking, batch, { ...options, normalization }, registries, output)] : []),
    ];
    const place = { size: image, placement: fitted.placement };
    const findings = observed.map(({ by, maps }) => ({
      by,
      detections: detections(detector, mapsOf(detector, maps, 0), place, { leastScore: options.score }),
    }));
    if (options.out !== undefined) {
      const panels = findings.map(({ by, detections: found }) => ({
        ...(findings.length > 1 && { title: `${label}, ${nameOf(by)}` }),
        detections: found,
      }));
      await writeDetectionPicture(options.out, image, panels, classNames);
    }
    const named = findings.map(({ by, detections: found }) => ({
      ...by,
      detections: found.map((one) => ({ ...one, class: classNames[one.label] ?? String(one.label) })),
    }));
    const [reference, other] = findings;
    const agreed = reference && other && agreement(other.detections, reference.detections);
    const result = {
      image: options.image,
      width: image.width,
      height: image.height,
      network: label,
      ...(options.out !== undefined && { out: options.out }),
      found: named,
      ...(agreed && { agreement: agreed }),
    };
    writeResult(output, options, result, () =>
      [
        ...named.map(describe),
        ...(agreed
          ? [
              `The spiking network finds ${agreed.matched} of ${agreed.reference} boxes of the analog one, mean overlap ${agreed.meanIou.toFixed(3)}, ` +
                `and ${agreed.found - agreed.matched} others.`,
            ]
          : []),
      ].join('\n\n'),
    );
  });
}

/** @throws if there is nothing to compare with; whether a spiking network's source is next to it is checked later. */
function assertComparable(network: Network, { compare, steps }: Options): void {
  if (compare !== true || isSpiking(network) || steps !== undefined) return;
  throw new Error('--compare needs --steps T or a spiking --network.');
}

/** The networks to run: both, to compare; else the spiking network, if any. */
function observers({ analog, spiking }: DetectorNetworks, { compare }: Options): DetectorNetworks {
  if (compare !== true) return spiking === undefined ? { analog } : { spiking };
  if (analog === undefined) {
    throw new Error('--compare needs the source network too: give --network the folder that convert-detector wrote.');
  }
  return { analog, spiking };
}

function nameOf(by: Observer): string {
  return by.kind === 'analog' ? by.kind : `${by.kind}, T = ${by.steps}`;
}

function describe({
  detections: found,
  ...by
}: Observer & { readonly detections: readonly (Detection & { readonly class: string })[] }): string {
  const title = by.kind === 'analog' ? 'analog network:' : `spiking network, T = ${by.steps}:`;
  const rows = found.map(({ class: name, score, box: { left, top, right, bottom } }) => [
    name,
    score.toFixed(3),
    ...[left, top, right, bottom].map((edge) => edge.toFixed(1)),
  ]);
  return [
    found.length === 0
      ? `${title} nothing`
      : `${title}\n${textTable([['class', 'score', 'left', 'top', 'right', 'bottom'], ...rows])}`,
    ...(by.kind === 'spiking' ? [describeEngine(by)] : []),
  ].join('\n');
}
