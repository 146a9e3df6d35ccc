import type { CalibrationMethod } from '@rheobase/calibrator';
import { foldBatchNorm, toSpiking } from '@rheobase/converter';
import type { Normalization } from '@rheobase/datasets';
import type { Network } from '@rheobase/network';
import { assertFits, type Images } from '../../image-batches.js';
import type { Experiment } from '../experiment/experiment-schema.js';
import { type CommandRecord, commandRecordOf } from '../folder/record.js';
import { networkHash } from '../folder/run-folder.js';
import type { FinishedStage } from '../runner/finished-stage.js';
import type { Hashes, Plan, Stage } from '../runner/plan.js';
import { calibrationStage } from '../stages/calibration-stage.js';
import { classification, type ImageOpeners, type TestFigures } from '../tasks/classification.js';
import { type RunImages, type RunSplit, splitRunImages } from '../tasks/run-images.js';

/** A network of stage I that is to be converted and calibrated, without the rest of an experiment. */
export interface CalibrationChoice extends ImageOpeners {
  /** The command's options, which go into the result. */
  readonly options: Readonly<Record<string, unknown>>;
  /** With quantized activations, as stage I leaves it. */
  readonly quantized: Network;
  /** In order. */
  readonly passes: readonly CalibrationMethod[];
  /** T. */
  readonly steps: number;
  readonly dataset: string;
  readonly normalization: Normalization;
  readonly split: RunSplit;
  /** The number of test images, from the first; default: all. */
  readonly testImages?: number | undefined;
  readonly energy: Experiment['energy'];
  /** Of files that the network came from. */
  readonly hashes: Hashes;
}

/** A network of a calibration on the test images, and on held-out ones. */
type StageFigures = Omit<TestFigures, 'kind' | 'images'> & { readonly validationAccuracy: number };

/** What a calibration came to: the figures of the best pass, and of every stage. */
export interface CalibrationFigures extends StageFigures {
  readonly steps: number;
  readonly images: number;
  readonly heldOutImages: number;
  /** The best pass by held-out images, whose network is the run's. */
  readonly network: string;
  readonly stages: Readonly<Record<string, StageFigures>>;
}

export type CalibrationPlan = Plan<Images, RunImages, TestFigures, CommandRecord<CalibrationFigures>>;

/** Converting and calibrating a network of stage I: stage II as part of no experiment. */
export function calibrationPlan(choice: CalibrationChoice): CalibrationPlan {
  const { quantized, passes, steps, dataset, normalization, split, energy } = choice;
  const stages: Stage<RunImages>[] = [
    {
      name: 'quantClip',
      settings: { given: networkHash(quantized) },
      after: [],
      work: async () => ({ network: foldBatchNorm(quantized), details: {} }),
    },
    {
      name: 'converted',
      settings: {},
      after: ['quantClip'],
      work: async ({ stage, registries: { neurons, siteConversions } }) => ({
        network: toSpiking(stage('quantClip').network, { neurons, conversions: siteConversions }),
        details: {},
      }),
    },
  ];
  for (const [index, method] of passes.entries()) {
    const from = stages.at(-1)?.name ?? 'converted';
    const settings = { ...method.description, steps };
    stages.push(
      calibrationStage({ name: `${index + 1}-${method.name}`, quantized: 'quantClip', from, method, settings }),
    );
  }
  const names = stages.map(({ name }) => name);
  const best = { bestOf: names.slice(2) };
  return {
    title: `calibrate: ${quantized.metadata['model'] ?? 'a network'} on ${dataset}, T = ${steps}`,
    task: classification({
      ...choice,
      split: (source) => splitRunImages(source, normalization, split),
      hashed: ({ heldOut, calibrating }) => ({ heldOut, ...calibrating }),
    }),
    steps,
    seed: split.seed,
    identity: (hashes, kernels) => ({
      dataset,
      normalization: normalization.name,
      // The name that runs started earlier use.
      parts: split,
      steps,
      energy,
      hashes,
      kernels,
      methods: passes.map(({ description }) => description),
    }),
    description: { command: 'calibrate' },
    begin: async ({ split: { heldOut } }) => assertFits(quantized, heldOut),
    stages,
    networks: { network: best },
    measured: names,
    result: async ({ stage, stages: done, figures, hashes, kernels }) => {
      const chosen = stage(best);
      const record = await commandRecordOf(
        'calibrate',
        { ...choice.options, dataset, steps },
        { ...choice.hashes, ...hashes },
        {
          steps,
          ...figuresOf(chosen, figures),
          images: figures.get(chosen.name)?.images ?? 0,
          heldOutImages: chosen.validation.images,
          network: chosen.name,
          stages: Object.fromEntries(done.map((own) => [own.name, figuresOf(own, figures)])),
          sites: chosen.details['sites'],
          seconds: [...done, ...figures.values()].reduce((sum, { seconds }) => sum + seconds, 0),
          kernels,
        },
      );
      return { ...record, model: quantized.metadata['model'] ?? '', normalization: normalization.name };
    },
  };
}

function figuresOf({ name, validation, seconds }: FinishedStage, all: ReadonlyMap<string, TestFigures>): StageFigures {
  const found = all.get(name);
  if (found === undefined) throw new Error(`'${name}' was not measured.`);
  const { kind: _, images: __, ...figures } = found;
  return { ...figures, validationAccuracy: validation.score, seconds };
}
