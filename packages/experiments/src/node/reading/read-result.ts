import { ownValue } from '@rheobase/network';
import { z } from 'zod';
import { faultsInWords } from '../experiment/faults-in-words.js';
import type { ClassifierRun, Curve, ReportedFigure } from '../../report/reported-run.js';
import { labelledStages } from '../../report/stage-labels.js';
import { stageInWords } from '../../report/stage-words.js';
import { provenanceOf } from './provenance.js';

/** What the folder says in addition to the result. */
export type RunHistory = 'started' | 'command' | 'settings';

/** A run, from its result. */
export type ReadResult = Omit<ClassifierRun, 'name' | 'ledger' | 'raster' | RunHistory>;

const byStep = z.record(z.string(), z.number());
const byName = z.record(z.string(), z.number());

const verdict = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('reproduced') }),
  z.object({ kind: z.literal('short'), by: z.number() }),
  z.object({ kind: z.literal('not comparable'), reason: z.string() }),
]);

const figure = {
  source: z.string(),
  accuracy: z.number(),
  measured: z.number().optional(),
  difference: z.number().optional(),
  verdict,
};

const publication = z.object({ method: z.string(), steps: z.number(), ...figure });

const common = {
  experiment: z.object({ paper: z.string(), table: z.string() }),
  model: z.string(),
  dataset: z.string(),
  normalization: z.string(),
  images: z.number(),
  ann: z.number(),
  published: z.array(publication).default([]),
  smoke: z.array(z.string()).default([]),
  reason: z.string().optional(),
  seconds: byName,
  sha256: z.record(z.string(), z.string()),
  kernels: z.unknown(),
  versions: z.record(z.string(), z.string()),
  processor: z.string(),
};

const twoStage = z.object({
  ...common,
  steps: z.number(),
  levels: z.number(),
  seed: z.number(),
  quantClip: z.number(),
  network: z.string(),
  validation: byName.default({}),
  expectations: z
    .array(z.object({ stage: z.string(), steps: z.number().optional(), tolerance: z.number(), ...figure }))
    .default([]),
  stages: z.record(
    z.string(),
    z.object({
      chosen: z.string().optional(),
      spikes: z.string().optional(),
      accuracyAt: byStep,
      firingRateAt: byStep,
      sopsPerImageAt: byStep,
      energyRatioAt: byStep,
      firingRates: byName,
    }),
  ),
});

const spread = z.object({ mean: z.number(), deviation: z.number() });

const comparison = z.object({
  ...common,
  steps: z.array(z.number()),
  seeds: z.array(z.number()),
  quantized: z.object({ accuracy: z.number(), levels: z.number() }),
  methods: z.array(z.object({ name: z.string(), spikes: z.string().optional() })).default([]),
  table: z.array(
    z.object({
      method: z.string(),
      steps: z.number(),
      accuracy: spread.nullable(),
      firingRate: spread,
      sopsPerImage: spread,
      energyRatio: spread,
    }),
  ),
});

/**
 * The result of a run on a classifier, of the two-stage method or of a comparison of methods.
 *
 * @param file for messages
 * @throws naming the file and the fields that are missing or damaged.
 */
export function readResult(content: unknown, file: string): ReadResult {
  const isComparison = typeof content === 'object' && content !== null && 'rows' in content;
  return isComparison ? ofComparison(checked(comparison, content, file)) : ofTwoStage(checked(twoStage, content, file));
}

/** @throws naming the file and the fields that are missing or damaged. */
export function checked<Schema extends z.ZodType>(
  schema: Schema,
  content: unknown,
  file: string,
  what = 'result',
): z.output<Schema> {
  const found = schema.safeParse(content);
  if (found.success) return found.data;
  throw new Error(`${file}: it is not a ${what} of a run:\n${faultsInWords(found.error)}`);
}

function ofTwoStage(result: z.output<typeof twoStage>): ReadResult {
  const { steps, seed, network, quantClip, levels, validation } = result;
  const stages = labelledStages(result.stages, Object.keys(result.seconds));
  return {
    ...aboutOf(result),
    steps: [steps],
    seeds: [seed],
    levels,
    quantized: quantClip,
    annHeldOut: ownValue(validation, 'ann'),
    quantizedHeldOut: ownValue(validation, 'quantClip'),
    curves: stages.map(
      ({ name, label, stage }): Curve => ({
        name,
        label,
        heldOut: ownValue(validation, name),
        spikes: stage.spikes,
        points: Object.entries(stage.accuracyAt).map(([t, accuracy]) => ({
          steps: Number(t),
          score: accuracy,
          deviation: 0,
          firingRate: stage.firingRateAt[t] ?? Number.NaN,
          sopsPerImage: stage.sopsPerImageAt[t] ?? Number.NaN,
          energyRatio: stage.energyRatioAt[t] ?? Number.NaN,
        })),
      }),
    ),
    best: network,
    firing: stages.map(({ label, stage: { firingRates } }) => ({ label, rates: firingRates })),
    figures: [
      ...result.expectations.map(
        ({ stage, steps: at, ...rest }): ReportedFigure => ({
          of: at === undefined ? stageInWords(stage) : `${stageInWords(stage)}, T = ${at}`,
          ...rest,
        }),
      ),
      ...publicationsOf(result),
    ],
  };
}

function ofComparison(result: z.output<typeof comparison>): ReadResult {
  const methods = [...new Set(result.table.map(({ method }) => method))];
  return {
    ...aboutOf(result),
    steps: result.steps,
    seeds: result.seeds,
    levels: result.quantized.levels,
    quantized: result.quantized.accuracy,
    curves: methods.map((name) => ({
      name,
      label: name,
      spikes: result.methods.find((method) => method.name === name)?.spikes,
      points: result.table.flatMap(({ method, steps, accuracy, firingRate, sopsPerImage, energyRatio }) =>
        method !== name || accuracy === null
          ? []
          : [
              {
                steps,
                score: accuracy.mean,
                deviation: accuracy.deviation,
                firingRate: firingRate.mean,
                sopsPerImage: sopsPerImage.mean,
                energyRatio: energyRatio.mean,
              },
            ],
      ),
    })),
    firing: [],
    figures: publicationsOf(result),
  };
}

function publicationsOf({
  published,
}: {
  readonly published: readonly z.output<typeof publication>[];
}): readonly ReportedFigure[] {
  return published.map(({ method, steps, ...rest }) => ({ of: `${method}, T = ${steps}`, ...rest }));
}

type About = Pick<
  ReadResult,
  | 'task'
  | 'paper'
  | 'table'
  | 'model'
  | 'dataset'
  | 'normalization'
  | 'images'
  | 'ann'
  | 'reason'
  | 'smoke'
  | 'seconds'
  | 'provenance'
>;

function aboutOf(result: z.output<z.ZodObject<typeof common>>): About {
  const { experiment, model, dataset, normalization, images, ann, reason, smoke, seconds } = result;
  return {
    task: 'classification',
    ...experiment,
    model,
    dataset,
    normalization,
    images,
    ann,
    reason,
    smoke,
    seconds,
    provenance: provenanceOf(result),
  };
}
