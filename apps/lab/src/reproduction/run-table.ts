import { ownValue } from '@rheobase/network';
import type { DetectionRunResult, RunResult } from '@rheobase/experiments/node';
import { labelledStages, type ReportedRun, scoreName, stageInWords } from '@rheobase/experiments/report';
import { figuresInWords, remarksOnStages } from './run-remarks.js';
import { type SpikingRow, stageTable } from './stage-table.js';

/** Describes a run's result: the accuracy of every stage after every time step, its cost, and expected figures. */
export function describeRun(result: RunResult, out: string): string {
  const { levels, stages, validation } = result;
  const labelled = labelledStages(stages, Object.keys(result.seconds));
  const network = labelled.find(({ name }) => name === result.network)?.label ?? stageInWords(result.network);
  const spiking = labelled.map(
    ({ name, label, stage: { accuracyAt, spikes, firingRate, sopsPerImage, energyRatio } }) => ({
      label,
      spikes,
      heldOut: ownValue(validation, name),
      scoreAt: new Map(Object.entries(accuracyAt).map(([t, accuracy]) => [Number(t), accuracy])),
      firingRate,
      sopsPerImage,
      energyRatio,
    }),
  );
  return described(result, 'classification', { levels, source: 'ann', network }, spiking, out);
}

/** The same for a detector, by mean AP@0.5 at the time steps at which boxes were decoded. */
export function describeDetection(result: DetectionRunResult, out: string): string {
  const { steps, stages, validation } = result;
  const spiking = Object.entries(stages).flatMap(([stage, { at }]) => {
    const last = at.at(-1);
    if (last === undefined) return [];
    const scoreAt = new Map(at.map(({ steps: t, meanApAtHalf }) => [t, meanApAtHalf]));
    return [{ ...last, label: stageInWords(stage), heldOut: ownValue(validation, stage), scoreAt }];
  });
  const network = stageInWords(result.network);
  return described(result, 'detection', { levels: steps, source: 'sourceUnfolded', network }, spiking, out);
}

/** The table of a run's stages, with remarks below it. */
function described(
  result: RunResult | DetectionRunResult,
  task: ReportedRun['task'],
  { levels, source, ...run }: { readonly levels: number; readonly source: string; readonly network: string },
  spiking: readonly SpikingRow[],
  out: string,
): string {
  const { ann, quantClip, validation } = result;
  const analog = [
    { label: 'source network', heldOut: ownValue(validation, source), score: ann },
    { label: `stage I: quantized, L = ${levels}`, heldOut: validation['quantClip'], score: quantClip },
  ];
  return [
    '',
    stageTable(scoreName(task), analog, spiking),
    '',
    ...remarksOnStages({ ...result, ...run }, out),
    ...figuresInWords(result),
  ].join('\n');
}
