import { foldBatchNorm } from '@rheobase/converter';
import { type StageOneRecipe, trainQuantized } from '../../stage-one.js';
import type { TwoStageMethod } from '../experiment/experiment-schema.js';
import { jsonOf } from '../folder/json-of.js';
import type { KeptNetwork } from '../folder/run-folder.js';
import type { Stage } from '../runner/plan.js';
import type { RunImages } from '../tasks/run-images.js';
import type { SourceStages } from './source-stages.js';
import { recipeFrom, trainingWork } from './training-stage.js';

/**
 * Stage I, started from the source network or from its result at larger L: the stages, of which the last is `quantClip`.
 *
 * @param levels L
 */
export function quantizedStages(
  stageOne: TwoStageMethod['stageOne'],
  source: Pick<SourceStages, 'unfolded'>,
  { levels, seed }: { readonly levels: number; readonly seed: number },
): readonly Stage<RunImages>[] {
  const curriculum = stageOne.through
    .map((step) => (typeof step === 'number' ? { levels: step, epochs: undefined, learningRate: undefined } : step))
    .filter((step) => step.levels > levels)
    .toSorted((a, b) => b.levels - a.levels);
  const stages: Stage<RunImages>[] = [];
  for (const { levels: count, epochs = stageOne.epochs, learningRate = stageOne.learningRate } of curriculum) {
    const fields = { ...stageOne, epochs, learningRate };
    const name = `quantClip-${count}`;
    stages.push(quantizedStage(fields, source, { name, levels: count, seed, from: stages.at(-1)?.name }));
  }
  const last = { name: 'quantClip', levels, seed, from: stages.at(-1)?.name };
  return [...stages, quantizedStage(stageOne, source, last)];
}

interface QuantizedStage {
  readonly name: string;
  readonly levels: number;
  readonly seed: number;
  /** The source network where there is none. */
  readonly from: string | undefined;
}

/** Training at a number of levels. The last one, `quantClip`, has its batch norms folded. */
function quantizedStage(
  stageOne: TwoStageMethod['stageOne'],
  source: Pick<SourceStages, 'unfolded'>,
  { name, levels, seed, from }: QuantizedStage,
): Stage<RunImages> {
  const { through: _, ...fields } = stageOne;
  const { noise, thresholds, thresholdGradient, fold, distillation } = fields;
  const quantization = { levels, noise, thresholds, thresholdGradient, fold, distillation };
  const recipe: StageOneRecipe = { ...recipeFrom(fields, seed), ...quantization };
  return {
    name,
    settings: { ...jsonOf(fields), levels },
    after: from === undefined ? ['source'] : ['source', from],
    work: trainingWork(async (means, run) => {
      const unfolded = source.unfolded(run);
      const start = from === undefined ? unfolded : run.stage(from).network;
      const trained = await trainQuantized(unfolded, start, run.split, recipe, means);
      return name === 'quantClip' ? { ...trained, network: foldBatchNorm(trained.network) } : trained;
    }),
  };
}

/** A quantized network from elsewhere. It is measured like one that was made here; what it took is not known. */
export function givenQuantized<Split>({ network, sha256 }: KeptNetwork): Stage<Split> {
  return {
    name: 'quantClip',
    settings: { given: sha256 },
    after: [],
    work: async () => ({ network, details: { given: sha256 } }),
  };
}
