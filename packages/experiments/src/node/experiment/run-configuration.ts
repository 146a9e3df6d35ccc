import {
  type Experiment,
  experimentSchemaOf,
  type TwoStageExperiment,
  type TwoStageMethod,
} from './experiment-schema.js';
import { defaultRegistries, type Registries } from '../../registries.js';
import { faultsInWords, nearestName } from './faults-in-words.js';

/** What is said on the command line rather than in the file. */
export interface RunChoices {
  /** T; default: the first of the file. */
  readonly steps?: number | undefined;
  /** Default: the first of the file. */
  readonly seed?: number | undefined;
  readonly model?: string | undefined;
  readonly normalization?: string | undefined;
  /** A file of trained weights. */
  readonly weights?: string | undefined;
  /** A network file that stage I is not to make, but was made before, by `rheobase finetune` for one. */
  readonly quantized?: string | undefined;
  /** The number of test images, from the first. */
  readonly testImages?: number | undefined;
}

/** One run of an experiment: one T, one seed. */
export interface RunConfiguration<Of extends Experiment = Experiment> {
  /** With what was chosen instead of what the file says. */
  readonly experiment: Of;
  readonly steps: number;
  /** L. */
  readonly levels: number;
  readonly seed: number;
  /** What was chosen instead of what the file says, as options: its expected figures say nothing of such a run. */
  readonly overridden: readonly string[];
}

/**
 * Settles a run of the two-stage method.
 *
 * @throws if a choice is not what the field of the file could be, naming it; if the experiment is of another kind.
 */
export function configureRun(
  experiment: Experiment,
  choices: RunChoices,
  known: Registries = defaultRegistries,
): RunConfiguration<TwoStageExperiment> {
  const { steps, seeds } = experiment;
  const chosen = withChoices(
    experiment,
    choices,
    {
      steps: [choices.steps ?? steps[0] ?? 1],
      seeds: [choices.seed ?? seeds[0] ?? 0],
    },
    known,
  );
  const { method } = chosen.experiment;
  if (method.kind !== 'two-stage') {
    throw new Error(`'${experiment.table}' is no experiment of the two-stage method, but a ${method.kind}.`);
  }
  const [T = 1] = chosen.experiment.steps;
  const [seed = 0] = chosen.experiment.seeds;
  return {
    experiment: { ...chosen.experiment, method },
    steps: T,
    levels: levelsFor(method.levels, T),
    seed,
    overridden: chosen.overridden,
  };
}

/**
 * An experiment with what was chosen instead of what its file says, and which options said so.
 *
 * @throws if a choice is not what the field of the file could be, naming it.
 */
export function withChoices(
  experiment: Experiment,
  choices: RunChoices,
  runs: { readonly steps: readonly number[]; readonly seeds: readonly number[] },
  known: Registries = defaultRegistries,
): { readonly experiment: Experiment; readonly overridden: readonly string[] } {
  const { model, normalization, weights, testImages } = choices;
  const { network, data } = experiment;
  const isOtherModel = model !== undefined && model !== network.model;
  if (isOtherModel && network.source.kind === 'file' && weights === undefined) {
    throw new Error(
      `'${experiment.table}' starts from the network of ${network.source.path}: omit --model, or give --weights too.`,
    );
  }
  const takesWeights = weights !== undefined && network.source.kind !== 'weights';
  const parsed = experimentSchemaOf(known).safeParse(
    {
      ...experiment,
      data: {
        ...data,
        normalization: normalization ?? data.normalization,
        testImages: testImages ?? data.testImages,
      },
      network: {
        ...network,
        model: model ?? network.model,
        // Another architecture has its own options.
        options: isOtherModel ? {} : network.options,
        source: takesWeights ? { kind: 'weights', origin: 'given by --weights' } : network.source,
      },
      ...runs,
    },
    { error: nearestName },
  );
  if (!parsed.success) {
    const options = Object.entries(optionsOfFields).flatMap(([field, option]) =>
      parsed.error.issues.some(({ path }) => `${path.map(String).join('.')}.`.startsWith(`${field}.`)) ? [option] : [],
    );
    const remedy = options.length === 0 ? '' : ` Give another ${options.join(', ')}, or leave it away.`;
    throw new Error(`'${experiment.table}' cannot be run so:\n${faultsInWords(parsed.error)}${remedy}`);
  }
  return {
    experiment: parsed.data,
    overridden: [
      ...(isOtherModel ? ['--model'] : []),
      ...(takesWeights ? ['--weights'] : []),
      ...(choices.quantized === undefined ? [] : ['--quantized']),
      ...(normalization !== undefined && normalization !== data.normalization ? ['--normalization'] : []),
      ...(testImages !== undefined && testImages !== data.testImages ? ['--limit'] : []),
    ],
  };
}

/** The options that take the place of fields. */
const optionsOfFields: Readonly<Record<string, string>> = {
  'network.model': '--model',
  'data.normalization': '--normalization',
  'data.testImages': '--limit',
  steps: '--steps',
  seeds: '--seed',
};

function levelsFor(levels: TwoStageMethod['levels'], steps: number): number {
  if (levels === undefined) return steps;
  return typeof levels === 'number' ? levels : Math.max(levels.atLeast, steps);
}
