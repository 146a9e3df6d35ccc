import { initialPotentials, layerwiseBptt, lightCalibration } from '@rheobase/calibrator';
import { foldBatchNorm, thresholdsPerChannel, toSpiking, withNeuron } from '@rheobase/converter';
import { bind } from '@rheobase/execution';
import { distillation, type Forward, rateForward, spikingForward, teacherFrom } from '@rheobase/training';
import { type StageOneRecipe, trainQuantized } from '../../stage-one.js';
import { train } from '../../training-run.js';
import { bestOf } from '../stages/best-of.js';
import { calibrationStage, layerwiseOptions, methodOfPass } from '../stages/calibration-stage.js';
import type { Extension, TwoStageMethod } from '../experiment/experiment-schema.js';
import { jsonOf } from '../folder/json-of.js';
import type { Run } from '../stages/run.js';
import { isMeantFor, namedExtensions } from '../experiment/meant-steps.js';
import type { KeptNetwork } from '../folder/run-folder.js';
import type { FinishedStage } from '../stages/finished-stage.js';
import type { Source } from '../stages/source-stage.js';
import { runStage } from '../stages/stage.js';
import { recipeFrom, trainingWork } from '../stages/training-stage.js';

/** What the two-stage method made of a source network. */
export interface TwoStageOutcome {
  /** Stage I at more levels, which it went through first; batch norms are not folded in these. */
  readonly rungs: readonly FinishedStage[];
  readonly quantClip: FinishedStage;
  readonly converted: FinishedStage;
  /** The passes of stage II that were done, in their order. */
  readonly passes: readonly FinishedStage[];
  /** The best of them by held-out images: the paper's method, and nothing more. */
  readonly stageTwo: FinishedStage;
  readonly light?: FinishedStage;
  /** One after each extension, in their order; the last one is the method with all of them. */
  readonly extensions: readonly FinishedStage[];
}

/**
 * Stage I, conversion, stage II, and what goes beyond (METHOD §3–6).
 *
 * @param given what stage I gave before; it is not done again then
 */
export async function runTwoStage(
  run: Run,
  method: TwoStageMethod,
  source: Source,
  given: KeptNetwork | undefined,
): Promise<TwoStageOutcome> {
  const { rungs, quantClip } = await stageOneOrGiven(run, method, source, given);
  const converted = await conversionStage(run, method, quantClip);
  const passes: FinishedStage[] = [];
  for (const pass of method.stageTwo.passes) {
    const from = passes.at(-1) ?? converted;
    const calibration = methodOfPass(pass, method.stageTwo.bptt);
    passes.push(await calibrationStage(run, { name: pass, quantized: quantClip, from, method: calibration }));
  }
  const stageTwo = bestOf(passes) ?? converted;
  const light =
    method.light &&
    (await calibrationStage(run, {
      name: 'light',
      quantized: quantClip,
      from: converted,
      method: lightCalibration(method.light),
    }));
  const extensions: FinishedStage[] = [];
  for (const [name, extension] of namedExtensions(method.beyond)) {
    if (!isMeantFor(extension, run.steps)) continue;
    const from = extensions.at(-1) ?? stageTwo;
    extensions.push(await extensionStage(run, extension, { name, from, quantClip, source }));
  }
  return { rungs, quantClip, converted, passes, stageTwo, ...(light && { light }), extensions };
}

type StageOneOutcome = Pick<TwoStageOutcome, 'rungs' | 'quantClip'>;

/**
 * Stage I, or what it gave elsewhere.
 *
 * @param given what stage I gave before; it is not done again then
 */
export async function stageOneOrGiven(
  run: Run,
  method: Pick<TwoStageMethod, 'stageOne'>,
  source: Source,
  given: KeptNetwork | undefined,
): Promise<StageOneOutcome> {
  return given === undefined ? stageOne(run, method, source) : givenStage(run, given);
}

/** Stage I, begun from the source network or from what came of it at more levels. */
async function stageOne(
  run: Run,
  { stageOne: fields }: Pick<TwoStageMethod, 'stageOne'>,
  source: Source,
): Promise<StageOneOutcome> {
  const { levels } = run.configuration;
  const rungs: FinishedStage[] = [];
  for (const more of fields.through.filter((count) => count > levels).toSorted((a, b) => b - a)) {
    rungs.push(
      await quantizedStage(run, fields, source, { name: `quantClip-${more}`, levels: more, from: rungs.at(-1) }),
    );
  }
  return {
    rungs,
    quantClip: await quantizedStage(run, fields, source, { name: 'quantClip', levels, from: rungs.at(-1) }),
  };
}

interface QuantizedStage {
  readonly name: string;
  readonly levels: number;
  /** The source network where there is none. */
  readonly from: FinishedStage | undefined;
}

/** Training at so many levels. The last one, `quantClip`, has its batch norms folded. */
async function quantizedStage(
  run: Run,
  stageOneFields: TwoStageMethod['stageOne'],
  source: Source,
  { name, levels, from }: QuantizedStage,
): Promise<FinishedStage> {
  const { through: _, ...fields } = stageOneFields;
  const { noise, thresholds, fold } = fields;
  const recipe: StageOneRecipe = {
    ...recipeFrom(fields, run.seed),
    levels,
    noise,
    thresholds,
    fold,
    distillation: fields.distillation,
  };
  return runStage(run, {
    name,
    settings: { ...jsonOf(fields), levels },
    after: from === undefined ? [source.stage] : [source.stage, from],
    work: trainingWork(run, async (means) => {
      const start = from?.network ?? source.unfolded;
      const trained = await trainQuantized(source.unfolded, start, run.images, recipe, means);
      return name === 'quantClip' ? { ...trained, network: foldBatchNorm(trained.network) } : trained;
    }),
  });
}

/** A quantized network from elsewhere. It is measured like one that was made here; what it took is not known. */
async function givenStage(run: Run, { network, sha256 }: KeptNetwork): Promise<StageOneOutcome> {
  const quantClip = await runStage(run, {
    name: 'quantClip',
    settings: { given: sha256 },
    after: [],
    work: async () => ({ network, details: { given: sha256 } }),
  });
  return { rungs: [], quantClip };
}

async function conversionStage(
  run: Run,
  { conversion }: TwoStageMethod,
  quantClip: FinishedStage,
): Promise<FinishedStage> {
  const { steps } = run;
  const { neuron: kind, parameters, attributes, initialPotential } = conversion;
  return runStage(run, {
    name: 'converted',
    settings: { ...jsonOf(conversion), steps },
    after: [quantClip],
    work: async () => ({
      network: toSpiking(quantClip.network, { initialPotential, steps, neuron: { kind, parameters, attributes } }),
      details: {},
    }),
  });
}

interface ExtensionStage {
  readonly name: string;
  readonly from: FinishedStage;
  readonly quantClip: FinishedStage;
  readonly source: Source;
}

async function extensionStage(
  run: Run,
  extension: Extension,
  { name, from, quantClip, source }: ExtensionStage,
): Promise<FinishedStage> {
  switch (extension.kind) {
    case 'thresholds-per-channel':
      return runStage(run, {
        name,
        settings: jsonOf(extension),
        after: [from],
        work: async () => ({ network: thresholdsPerChannel(from.network), details: { kind: extension.kind } }),
      });
    case 'neuron': {
      const { neuron, attributes } = extension;
      return runStage(run, {
        name,
        settings: jsonOf(extension),
        after: [from],
        work: async () => ({
          network: withNeuron(from.network, { kind: neuron, attributes }),
          details: { kind: extension.kind, neuron },
        }),
      });
    }
    case 'potentials':
      return calibrationStage(run, { name, quantized: quantClip, from, method: initialPotentials() });
    case 'recalibrate': {
      const method = layerwiseBptt({ ...layerwiseOptions(extension), readOut: extension.readOut });
      return calibrationStage(run, { name, quantized: quantClip, from, method });
    }
    case 'end-to-end':
    case 'rate-based':
      return wholeNetworkStage(run, extension, { name, from, source });
  }
}

type WholeNetwork = Extract<Extension, { readonly kind: 'end-to-end' | 'rate-based' }>;

function forwardOf(extension: WholeNetwork, steps: number): Forward {
  if (extension.kind === 'rate-based') return rateForward({ steps });
  const { surrogate, slope } = extension;
  return spikingForward({ steps, surrogate, ...(slope !== undefined && { slope }) });
}

/** Fine-tunes the whole spiking network, through time or through its rates, with the source network as a teacher. */
async function wholeNetworkStage(
  run: Run,
  extension: WholeNetwork,
  { name, from, source }: Pick<ExtensionStage, 'name' | 'from' | 'source'>,
): Promise<FinishedStage> {
  const { steps, seed } = run;
  const { optimizer, clipNorm } = extension;
  return runStage(run, {
    name,
    settings: { ...jsonOf(extension), steps },
    after: [from, source.stage],
    work: trainingWork(run, async (means) => {
      const teacher = bind(source.stage.network);
      try {
        const trained = await train({
          ...run.images,
          network: from.network,
          recipe: { ...recipeFrom(extension, seed), optimizer, clipNorm },
          objective: {
            loss: distillation(extension.distillation),
            teacher: teacherFrom(teacher),
            forward: forwardOf(extension, steps),
          },
          means,
        });
        // What training has not bettered stays as it was.
        const bettered = (trained.result.best?.score ?? 0) > from.validation.accuracy;
        return bettered ? trained : { ...trained, network: from.network };
      } finally {
        teacher.dispose();
      }
    }),
  });
}
