import { z } from 'zod';
import { type Experiment, experimentSchema } from './experiment-schema.js';

/** What is said on the command line rather than in the file. */
export interface RunChoices {
  /** T; the first of the file's unless given. */
  readonly steps?: number | undefined;
  /** The first of the file's unless given. */
  readonly seed?: number | undefined;
  readonly model?: string | undefined;
  readonly normalization?: string | undefined;
  /** A file of trained weights. */
  readonly weights?: string | undefined;
  /** A network file that stage I is not to make, but was made before, by `rheobase finetune` for one. */
  readonly quantized?: string | undefined;
}

/** One run of an experiment: one T, one seed. */
export interface RunConfiguration {
  /** With what was chosen instead of what the file says. */
  readonly experiment: Experiment;
  readonly steps: number;
  /** L. */
  readonly levels: number;
  readonly seed: number;
  /** What was chosen instead of what the file says, as options: its expected figures say nothing of such a run. */
  readonly overridden: readonly string[];
}

/**
 * Settles a run of an experiment.
 *
 * @throws if a choice is not what the field of the file could be, naming it.
 */
export function configureRun(experiment: Experiment, choices: RunChoices): RunConfiguration {
  const { model, normalization, weights } = choices;
  const { network, data, method, steps, seeds } = experiment;
  const isOtherModel = model !== undefined && model !== network.model;
  const takesWeights = weights !== undefined && network.source.kind !== 'weights';
  const parsed = experimentSchema.safeParse({
    ...experiment,
    data: { ...data, normalization: normalization ?? data.normalization },
    network: {
      ...network,
      model: model ?? network.model,
      // Another architecture has options of its own.
      options: isOtherModel ? {} : network.options,
      source: takesWeights ? { kind: 'weights', origin: 'given by --weights' } : network.source,
    },
    steps: [choices.steps ?? steps[0]],
    seeds: [choices.seed ?? seeds[0]],
  });
  if (!parsed.success) throw new Error(`The run cannot be configured:\n${z.prettifyError(parsed.error)}`);
  const [T = 1] = parsed.data.steps;
  const [seed = 0] = parsed.data.seeds;
  return {
    experiment: parsed.data,
    steps: T,
    levels: levelsFor(method.levels, T),
    seed,
    overridden: [
      ...(isOtherModel ? ['--model'] : []),
      ...(takesWeights ? ['--weights'] : []),
      ...(choices.quantized === undefined ? [] : ['--quantized']),
      ...(normalization !== undefined && normalization !== data.normalization ? ['--normalization'] : []),
    ],
  };
}

function levelsFor(levels: Experiment['method']['levels'], steps: number): number {
  if (levels === undefined) return steps;
  return typeof levels === 'number' ? levels : Math.max(levels.atLeast, steps);
}
