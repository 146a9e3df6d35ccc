import { cpus } from 'node:os';
import type { KernelBuild } from '@rheobase/tfjs-wasm-training';
import type { Images } from '../../image-batches.js';
import { type JudgedExpectation, judge, judgeSmoke } from '../expected/expectations.js';
import { type ComparedPublication, compare, compareSmoke } from '../expected/publications.js';
import type { RunConfiguration } from '../experiment/run-configuration.js';
import { type Versions, versions } from '../folder/record.js';
import { type FinishedStage, type NamedStage, secondsOf } from '../runner/finished-stage.js';
import type { MeasuredRun } from '../runner/plan.js';
import type { TestFigures } from '../tasks/classification.js';
import type { RunImages } from '../tasks/run-images.js';
import type { SpikingStages } from './spiking-stages.js';

type SpikingFigures = Omit<Extract<TestFigures, { readonly kind: 'spiking' }>, 'kind' | 'seconds'>;

/** A spiking network of a run, in figures. Fractions are 0…1; records are keyed by t. */
export interface StageResult extends SpikingFigures {
  /** On the held-out training images, after T steps and after each. */
  readonly validationAccuracy: number;
  readonly validationAccuracyAt: Readonly<Record<string, number>>;
  /** Of the network's file. */
  readonly sha256: string;
}

/** What a run came to. */
export interface RunResult {
  readonly experiment: { readonly paper: string; readonly table: string };
  readonly model: string;
  readonly dataset: string;
  readonly normalization: string;
  /** T and L. */
  readonly steps: number;
  readonly levels: number;
  readonly seed: number;
  /** Test images. */
  readonly images: number;
  /** Accuracy of the source network on the test set, 0…1. */
  readonly ann: number;
  /** Of the quantized network after stage I. */
  readonly quantClip: number;
  /** On the held-out training images, by which every choice was made. */
  readonly validation: Readonly<Record<string, number>>;
  /** `stage2` is the best pass of stage II by held-out images; `extensions` has all of them. */
  readonly stages: Readonly<Record<string, StageResult & { readonly chosen?: string }>>;
  /** Which of them the run's network is. */
  readonly network: string;
  /** By stage, in all processes that had a part in it; `test` is the end, and `total` the sum. */
  readonly seconds: Readonly<Record<string, number>>;
  /** Published figures for comparison. */
  readonly expectations: readonly JudgedExpectation[];
  /** What other methods were published with at this T. */
  readonly published: readonly ComparedPublication[];
  /** What a smoke run made smaller or left out, in words; absent for any other run. */
  readonly smoke?: readonly string[];
  /** Why there are none, where the experiment expects nothing. */
  readonly reason?: string;
  readonly details: Readonly<Record<string, FinishedStage['details']>>;
  readonly sha256: Readonly<Record<string, string>>;
  readonly kernels: KernelBuild;
  readonly versions: Versions;
  readonly processor: string;
}

/** What the result is composed of, apart from what the run found. */
interface Surroundings {
  readonly normalization: string;
  readonly spiking: SpikingStages;
  /** The same without stage I, where it was run. */
  readonly ablation: SpikingStages | undefined;
  /** Why nothing of this run is comparable, if that is so. */
  readonly obstacles: readonly string[];
}

/** Every spiking network in the result, in order. */
function namedStages(
  { stage }: Pick<MeasuredRun<Images, RunImages, TestFigures>, 'stage'>,
  { spiking, ablation }: Surroundings,
): readonly NamedStage[] {
  const named = (name: string): NamedStage => ({ name, stage: stage(name) });
  const { passes, light, variants, extensions } = spiking;
  const last = extensions.at(-1);
  return [
    named('converted'),
    ...passes.map(named),
    { name: 'stage2', stage: stage(spiking.stage2) },
    ...(light === undefined ? [] : [named(light)]),
    ...variants.flatMap(({ name, parts, best }) => [...parts.map(named), { name, stage: stage(best) }]),
    ...extensions.slice(0, -1).map(named),
    ...(last === undefined ? [] : [{ name: 'extensions', stage: stage(last) }]),
    ...(ablation === undefined
      ? []
      : [
          ...ablation.stages.slice(1).map(({ name }) => named(name)),
          { name: 'withoutStageOne-stage2', stage: stage(ablation.stage2) },
        ]),
  ];
}

/** Puts together what a run found. */
export async function resultOf(
  run: MeasuredRun<Images, RunImages, TestFigures>,
  { experiment, steps, levels, seed }: RunConfiguration,
  given: Surroundings,
): Promise<RunResult> {
  const { stage, figures, smoke } = run;
  const stage2 = stage(given.spiking.stage2);
  const last = given.spiking.extensions.at(-1);
  // With the extensions if they are better on the held-out images.
  const isExtended = last !== undefined && stage({ bestOf: [stage2.name, last] }).name === last;
  const network = isExtended ? 'extensions' : 'stage2';
  const spiking = namedStages(run, given);
  const all: readonly NamedStage[] = [
    { name: 'ann', stage: stage('source') },
    { name: 'quantClip', stage: stage('quantClip') },
    ...spiking,
  ];
  const accuracies = new Map(
    all.flatMap(({ name, stage: own }) => {
      const found = figures.get(own.name);
      return found === undefined ? [] : [[name, found.accuracy] as const];
    }),
  );
  const stages = spiking.flatMap(({ name, stage: own }) => {
    const result = stageResult(own, figures.get(own.name));
    if (result === undefined) return [];
    return [[name, name === 'stage2' ? { chosen: stage2.name, ...result } : result] as const];
  });
  // The quantized network of the ablation is not a stage of the method.
  const done = run.stages.filter(({ name }) => name !== given.ablation?.stages[0]?.name);
  return {
    experiment: { paper: experiment.paper.title, table: experiment.table },
    model: experiment.network.model,
    dataset: experiment.data.dataset,
    normalization: given.normalization,
    steps,
    levels,
    seed,
    images: figures.get('source')?.images ?? 0,
    ann: accuracies.get('ann') ?? Number.NaN,
    quantClip: accuracies.get('quantClip') ?? Number.NaN,
    validation: Object.fromEntries(all.map(({ name, stage: own }) => [name, own.validation.score])),
    stages: Object.fromEntries(stages),
    network,
    seconds: secondsOf(done, figures.values()),
    ...(smoke === undefined
      ? {
          expectations: judge(experiment.expected, steps, accuracies, given.obstacles),
          published: compare(experiment.published, steps, accuracies.get(network) ?? Number.NaN),
        }
      : {
          expectations: judgeSmoke(experiment.expected, steps),
          published: compareSmoke(experiment.published, steps),
        }),
    ...(smoke !== undefined && { smoke }),
    ...(experiment.reason !== undefined && { reason: experiment.reason }),
    details: Object.fromEntries(done.map(({ name, details }) => [name, details])),
    sha256: run.hashes,
    kernels: run.kernels,
    versions: await versions(),
    processor: cpus()[0]?.model ?? 'unknown',
  };
}

function stageResult({ validation, sha256 }: FinishedStage, figures: TestFigures | undefined): StageResult | undefined {
  if (figures?.kind !== 'spiking') return undefined;
  const { kind: _, seconds: __, ...rest } = figures;
  return {
    ...rest,
    validationAccuracy: validation.score,
    validationAccuracyAt: validation.scoreAt ?? {},
    sha256,
  };
}
