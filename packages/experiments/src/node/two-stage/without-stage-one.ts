import { quantize } from '../../stage-one.js';
import type { TwoStageMethod } from '../experiment/experiment-schema.js';
import { jsonOf } from '../folder/json-of.js';
import type { Run } from '../stages/run.js';
import type { RunFolder } from '../folder/run-folder.js';
import type { FinishedStage, NamedStage } from '../stages/finished-stage.js';
import { runStage } from '../stages/stage.js';
import type { Source } from '../stages/source-stage.js';
import { runTwoStage } from './two-stage.js';

const prefix = 'withoutStageOne-';

/**
 * The ablation of stage I: the source network with quantized sites and no fine-tuning, converted, and calibrated as the method says.
 * Beside the whole method it makes the four rows: neither stage, either, and both.
 */
export async function runWithoutStageOne(
  run: Run,
  method: TwoStageMethod,
  source: Source,
): Promise<readonly NamedStage[]> {
  const { levels } = run.configuration;
  const { noise, thresholds } = method.stageOne;
  const quantized = await runStage(run, {
    name: `${prefix}quantized`,
    settings: { levels, thresholds: jsonOf(thresholds) },
    after: [source.stage],
    work: async () => {
      const warnings: string[] = [];
      const quantization = { levels, noise, thresholds, fold: 'before' } as const;
      const network = await quantize(source.stage.network, quantization, run.images, {
        onWarning: (text) => warnings.push(text),
      });
      return { network, details: warnings.length > 0 ? { warnings } : {} };
    },
  });
  const { light: _, ...paper } = method;
  const inner: Run = {
    ...run,
    folder: prefixed(run.folder),
    onProgress: (progress) => run.onProgress?.({ ...progress, task: prefix + progress.task }),
    onStage: (stage) => run.onStage?.(renamed(stage)),
  };
  const outcome = await runTwoStage(inner, { ...paper, beyond: [] }, source, quantized);
  return [
    { name: `${prefix}converted`, stage: renamed(outcome.converted) },
    ...outcome.passes.map((stage) => ({ name: prefix + stage.name, stage: renamed(stage) })),
    { name: `${prefix}stage2`, stage: renamed(outcome.stageTwo) },
  ];
}

function renamed(stage: FinishedStage): FinishedStage {
  return { ...stage, name: prefix + stage.name };
}

/** The same folder, under names of its own. */
function prefixed(folder: RunFolder): RunFolder {
  return {
    ...folder,
    recordFile: (name) => folder.recordFile(prefix + name),
    checkpointFile: (name) => folder.checkpointFile(prefix + name),
    readNetwork: (name) => folder.readNetwork(prefix + name),
    writeNetwork: (name, network) => folder.writeNetwork(prefix + name, network),
  };
}
