import { ownValue } from '@rheobase/network';
import { z } from 'zod';
import type { DetectorRun } from '../../report/reported-run.js';
import { stageInWords } from '../../report/stage-words.js';
import { provenanceOf } from './provenance.js';
import { checked, type RunHistory } from './read-result.js';

/** A run on a detector, from its result and configuration. */
export type ReadDetectionResult = Omit<DetectorRun, 'name' | RunHistory>;

const byName = z.record(z.string(), z.number());

const step = z.object({
  steps: z.number(),
  meanApAtHalf: z.number(),
  distance: z.number().optional(),
  firingRate: z.number(),
  sopsPerImage: z.number(),
  energyRatio: z.number(),
});

const result = z.object({
  steps: z.number(),
  seed: z.number(),
  protocol: z.string(),
  images: z.number(),
  ann: z.number(),
  quantClip: z.number(),
  validation: byName.default({}),
  stages: z.record(z.string(), z.object({ firingRates: byName.default({}), at: z.array(step) })),
  seconds: byName,
  network: z.string(),
  reason: z.string(),
  smoke: z.array(z.string()).default([]),
  // Runs of before these were written down have none.
  sha256: z.record(z.string(), z.string()).default({}),
  versions: z.record(z.string(), z.string()).default({}),
  processor: z.string().default('unknown'),
});

const configuration = z.object({
  paper: z.object({ title: z.string() }),
  table: z.string(),
  run: z.object({
    data: z.object({ dataset: z.string() }),
    detector: z.object({ model: z.string() }),
    kernels: z.unknown(),
  }),
});

/** Content of a file, with its name for messages. */
export interface ReadFile {
  readonly file: string;
  readonly content: unknown;
}

/** Whether a result is of a run on a detector. */
export function isOfDetector(content: unknown): boolean {
  return typeof content === 'object' && content !== null && 'protocol' in content;
}

/**
 * The result of a run on a detector; which detector and images it is about, its configuration says.
 *
 * @throws naming the file and the fields that are missing or damaged.
 */
export function readDetectionResult(given: ReadFile, configured: ReadFile): ReadDetectionResult {
  const found = checked(result, given.content, given.file);
  const { paper, table, run } = checked(configuration, configured.content, configured.file, 'configuration');
  const stages = Object.entries(found.stages);
  return {
    task: 'detection',
    paper: paper.title,
    table,
    model: run.detector.model,
    dataset: run.data.dataset,
    protocol: found.protocol,
    steps: [found.steps],
    levels: found.steps,
    seeds: [found.seed],
    images: found.images,
    ann: found.ann,
    quantized: found.quantClip,
    annHeldOut: ownValue(found.validation, 'sourceUnfolded'),
    quantizedHeldOut: ownValue(found.validation, 'quantClip'),
    curves: stages.map(([name, { at }]) => ({
      name,
      label: stageInWords(name),
      heldOut: ownValue(found.validation, name),
      points: at.map(({ meanApAtHalf, ...rest }) => ({ ...rest, score: meanApAtHalf, deviation: 0 })),
    })),
    best: found.network,
    firing: stages.flatMap(([name, { firingRates: rates }]) =>
      Object.keys(rates).length > 0 ? [{ label: stageInWords(name), rates }] : [],
    ),
    figures: [],
    reason: found.reason,
    smoke: found.smoke,
    seconds: found.seconds,
    provenance: provenanceOf({ ...found, kernels: run.kernels ?? 'unknown' }),
  };
}
