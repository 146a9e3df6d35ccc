import { z } from 'zod';
import type { Curve } from '../../report/reported-run.js';
import { stageInWords } from '../../report/stage-words.js';
import { provenanceOf } from './provenance.js';
import { checked, type ReadResult } from './read-result.js';

const byStep = z.record(z.string(), z.number());

/** Of a network, on test images; of one that spikes with what it costs. */
const figures = {
  accuracy: z.number(),
  validationAccuracy: z.number().optional(),
  energyRatio: z.number().optional(),
  firingRates: byStep.optional(),
};

const spiking = z.object({
  ...figures,
  accuracyAt: byStep,
  firingRateAt: byStep,
  sopsPerImageAt: byStep,
  energyRatioAt: byStep,
  firingRates: byStep,
});

const record = z.object({
  command: z.string(),
  model: z.string().default(''),
  normalization: z.string().default('unknown'),
  options: z.object({
    dataset: z.string().default(''),
    seed: z.number().default(0),
    steps: z.number().optional(),
    levels: z.number().optional(),
  }),
  result: z.object({
    ...figures,
    images: z.number().default(0),
    network: z.string().optional(),
    stages: z
      .record(z.string(), z.union([spiking, z.object({ ...figures, seconds: z.number().optional() })]))
      .default({}),
    seconds: z.number().default(0),
    kernels: z.unknown().optional(),
  }),
  sha256: z.record(z.string(), z.string()).default({}),
  versions: z.record(z.string(), z.string()).default({}),
  processor: z.string().default('unknown'),
});

/** Whether a result is the record of a command: of `train`, `finetune` or `calibrate`. */
export function isRecord(content: unknown): boolean {
  return typeof content === 'object' && content !== null && 'command' in content && !('experiment' in content);
}

/**
 * The record that a command left as its result, as reports show runs.
 *
 * @throws naming the file and the fields that are missing or damaged.
 */
export function readRecord(content: unknown, file: string): ReadResult {
  const { command, options, result, ...about } = checked(record, content, file, 'record');
  const name = command.replace(/^rheobase /, '');
  const { accuracy, validationAccuracy } = result;
  const quantized = result.stages['quantClip'];
  return {
    task: 'classification',
    by: name,
    paper: '',
    table: name,
    model: about.model,
    dataset: options.dataset,
    normalization: about.normalization,
    steps: options.steps === undefined ? [] : [options.steps],
    levels: options.levels,
    seeds: [options.seed],
    images: result.images,
    ...(name === 'train' && { ann: accuracy, annHeldOut: validationAccuracy }),
    ...(name === 'finetune' && { quantized: accuracy, quantizedHeldOut: validationAccuracy }),
    ...(quantized && { quantized: quantized.accuracy, quantizedHeldOut: quantized.validationAccuracy }),
    curves: name === 'calibrate' ? curvesOf(result, options.steps ?? 1) : [],
    best: result.network ?? name,
    firing: Object.entries(result.stages).flatMap(([stage, { firingRates: rates }]) =>
      rates === undefined ? [] : [{ label: stageInWords(stage), rates }],
    ),
    figures: [],
    smoke: [],
    seconds: { total: result.seconds },
    provenance: provenanceOf({ ...about, kernels: result.kernels ?? 'unknown' }),
  };
}

function curvesOf(result: z.output<typeof record>['result'], steps: number): readonly Curve[] {
  const curves = Object.entries(result.stages).flatMap(([name, stage]): readonly Curve[] => {
    if (!('accuracyAt' in stage)) return [];
    const points = Object.entries(stage.accuracyAt).map(([t, score]) => ({
      steps: Number(t),
      score,
      deviation: 0,
      firingRate: stage.firingRateAt[t] ?? Number.NaN,
      sopsPerImage: stage.sopsPerImageAt[t] ?? Number.NaN,
      energyRatio: stage.energyRatioAt[t] ?? Number.NaN,
    }));
    return [{ name, label: stageInWords(name), heldOut: stage.validationAccuracy, points }];
  });
  if (curves.length > 0) return curves;
  const { accuracy: score, energyRatio = Number.NaN } = result;
  const point = { steps, score, deviation: 0, firingRate: Number.NaN, sopsPerImage: Number.NaN, energyRatio };
  return [{ name: 'calibrate', label: 'calibrated', points: [point] }];
}
