import { cpus } from 'node:os';
import type { KernelBuild } from '@rheobase/tfjs-wasm-training';
import { type JudgedExpectation, judge, judgeSmoke } from '../expected/expectations.js';
import { type ComparedPublication, compare, compareSmoke } from '../expected/publications.js';
import { type Versions, versions } from '../folder/record.js';
import type { Run } from '../stages/run.js';
import { bestOf } from '../stages/best-of.js';
import type { FinishedStage, NamedStage } from '../stages/finished-stage.js';
import type { TestFigures } from '../stages/test-figures.js';
import type { Source } from '../stages/source-stage.js';
import type { TwoStageOutcome } from './two-stage.js';

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
  /** `stage2` is the best pass of stage II by held-out images; `beyond` has all extensions. */
  readonly stages: Readonly<Record<string, StageResult & { readonly chosen?: string }>>;
  /** Which of them the run's network is. */
  readonly network: string;
  /** By stage, in all processes that had a part in it; `test` is the end, and `total` the sum. */
  readonly seconds: Readonly<Record<string, number>>;
  /** Published figures beside these. */
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

/** Every spiking network that the result tells of, in order. */
function spikingStages({ converted, passes, stageTwo, light, extensions }: TwoStageOutcome): readonly NamedStage[] {
  const last = extensions.at(-1);
  return [
    { name: 'converted', stage: converted },
    ...passes.map((stage) => ({ name: stage.name, stage })),
    { name: 'stage2', stage: stageTwo },
    ...(light === undefined ? [] : [{ name: 'light', stage: light }]),
    ...extensions.slice(0, -1).map((stage) => ({ name: stage.name, stage })),
    ...(last === undefined ? [] : [{ name: 'beyond', stage: last }]),
  ];
}

/** The network to use: with the extensions if they are better on the held-out images, else that of stage II. */
export function bestNetwork({ stageTwo, extensions }: TwoStageOutcome): NamedStage {
  const last = extensions.at(-1);
  const best = bestOf([stageTwo, ...(last === undefined ? [] : [last])]) ?? stageTwo;
  return { name: best === stageTwo ? 'stage2' : 'beyond', stage: best };
}

/** Puts together what a run found. */
export async function resultOf(
  run: Run,
  source: Source,
  outcome: TwoStageOutcome,
  figures: ReadonlyMap<string, TestFigures>,
  given: {
    readonly hashes: Readonly<Record<string, string>>;
    readonly obstacles: readonly string[];
    /** Further networks, of an ablation. */
    readonly ablation: readonly NamedStage[];
    readonly smoke?: readonly string[] | undefined;
  },
): Promise<RunResult> {
  const { experiment, steps, levels, seed } = run.configuration;
  const { stageTwo, quantClip } = outcome;
  const spiking = [...spikingStages(outcome), ...given.ablation];
  const all: readonly NamedStage[] = [
    { name: 'ann', stage: source.stage },
    { name: 'quantClip', stage: quantClip },
    ...spiking,
  ];
  const accuracies = new Map(
    all.flatMap(({ name, stage }) => {
      const found = figures.get(stage.name);
      return found === undefined ? [] : [[name, found.accuracy] as const];
    }),
  );
  const stages = spiking.flatMap(({ name, stage }) => {
    const result = stageResult(stage, figures.get(stage.name));
    if (result === undefined) return [];
    return [[name, name === 'stage2' ? { chosen: stageTwo.name, ...result } : result] as const];
  });
  const done = [...distinct(source, outcome), ...unique(given.ablation)];
  const best = bestNetwork(outcome);
  return {
    experiment: { paper: experiment.paper.title, table: experiment.table },
    model: experiment.network.model,
    dataset: experiment.data.dataset,
    normalization: run.images.normalization.name,
    steps,
    levels,
    seed,
    images: figures.get(source.stage.name)?.images ?? 0,
    ann: accuracies.get('ann') ?? Number.NaN,
    quantClip: accuracies.get('quantClip') ?? Number.NaN,
    validation: Object.fromEntries(all.map(({ name, stage }) => [name, stage.validation.accuracy])),
    stages: Object.fromEntries(stages),
    network: best.name,
    seconds: secondsOf(done, figures),
    ...(given.smoke === undefined
      ? {
          expectations: judge(experiment.expected, steps, accuracies, given.obstacles),
          published: compare(experiment.published, steps, accuracies.get(best.name) ?? Number.NaN),
        }
      : {
          expectations: judgeSmoke(experiment.expected, steps),
          published: compareSmoke(experiment.published, steps),
        }),
    ...(given.smoke !== undefined && { smoke: given.smoke }),
    ...(experiment.reason !== undefined && { reason: experiment.reason }),
    details: Object.fromEntries(done.map(({ name, details }) => [name, details])),
    sha256: given.hashes,
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
    validationAccuracy: validation.accuracy,
    validationAccuracyAt: validation.accuracyAt ?? {},
    sha256,
  };
}

/** Every stage once, in the order in which they were done. */
export function distinct(
  source: Source,
  { rungs, quantClip, converted, passes, light, extensions }: TwoStageOutcome,
): readonly FinishedStage[] {
  return [
    ...(source.training === undefined ? [] : [source.training]),
    source.stage,
    ...rungs,
    quantClip,
    converted,
    ...passes,
    ...(light === undefined ? [] : [light]),
    ...extensions,
  ];
}

/** Named stages once each, however many names one has. */
export function unique(named: readonly NamedStage[]): readonly FinishedStage[] {
  return [...new Map(named.map(({ stage }) => [stage.name, stage])).values()];
}

function secondsOf(
  done: readonly FinishedStage[],
  figures: ReadonlyMap<string, TestFigures>,
): Readonly<Record<string, number>> {
  const stages = done.map(({ name, seconds }) => [name, seconds] as const);
  const test = [...figures.values()].reduce((sum, { seconds }) => sum + seconds, 0);
  const total = stages.reduce((sum, [, seconds]) => sum + seconds, test);
  return { ...Object.fromEntries(stages), test, total };
}
