import { ownValue } from '@rheobase/network';
import type { DetectionRunResult, RunResult } from '@rheobase/experiments/node';
import { labelledStages, scoreName, stageInWords } from '@rheobase/experiments/report';
import { figuresInWords, remarksOnStages } from './run-remarks.js';
import { stageTable } from './stage-table.js';

/** Describes a run's result: the accuracy of every stage after every time step, its cost, and expected figures. */
export function describeRun(result: RunResult, out: string): string {
  const { ann, quantClip, levels, stages, validation } = result;
  const labelled = labelledStages(stages, Object.keys(result.seconds));
  const network = labelled.find(({ name }) => name === result.network)?.label ?? stageInWords(result.network);
  const spiking = labelled.map(({ name, label, stage: { accuracyAt, firingRate, sopsPerImage, energyRatio } }) => ({
    label,
    heldOut: ownValue(validation, name),
    scoreAt: new Map(Object.entries(accuracyAt).map(([t, accuracy]) => [Number(t), accuracy])),
    firingRate,
    sopsPerImage,
    energyRatio,
  }));
  return [
    '',
    stageTable(
      scoreName('classification'),
      [
        { label: 'source network', heldOut: validation['ann'], score: ann },
        { label: `stage I: quantized, L = ${levels}`, heldOut: validation['quantClip'], score: quantClip },
      ],
      spiking,
    ),
    '',
    ...remarksOnStages({ ...result, network }, out),
    ...figuresInWords(result),
  ].join('\n');
}

/** The same for a detector, by mean AP@0.5 at the time steps at which boxes were decoded. */
export function describeDetection(result: DetectionRunResult, out: string): string {
  const { ann, quantClip, steps, stages, validation } = result;
  const spiking = Object.entries(stages).flatMap(([stage, { at }]) => {
    const last = at.at(-1);
    if (last === undefined) return [];
    const scoreAt = new Map(at.map(({ steps: t, meanApAtHalf }) => [t, meanApAtHalf]));
    return [{ ...last, label: stageInWords(stage), heldOut: ownValue(validation, stage), scoreAt }];
  });
  return [
    '',
    stageTable(
      scoreName('detection'),
      [
        { label: 'source network', heldOut: validation['sourceUnfolded'], score: ann },
        { label: `stage I: quantized, L = ${steps}`, heldOut: validation['quantClip'], score: quantClip },
      ],
      spiking,
    ),
    '',
    ...remarksOnStages({ ...result, network: stageInWords(result.network) }, out),
    ...figuresInWords(result),
  ].join('\n');
}
