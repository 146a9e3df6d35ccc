import { textTable } from '@rheobase/network';
import { describeVerdict, type Verdict } from '@rheobase/analysis';
import type { LedgerRun, StageLedger } from '@rheobase/experiments';
import { stageInWords } from '@rheobase/experiments/report';
import { percent } from './figures.js';

/** The ledger of one stage: a line per layer, magnitudes relative to its mean activation. */
function layerTable({ layers }: StageLedger): string {
  const head = ['layer', 'activation', 'propagated', 'clipping', 'quantization', 'residual', 'early', 'late', 'total'];
  const rows = layers.map((layer) => [
    layer.node,
    layer.meanActivation.toFixed(4),
    percent(layer.propagated.relative),
    percent(layer.clipping.relative),
    percent(layer.quantization.relative),
    percent(layer.residual.relative),
    percent(layer.residualShares.early.relative),
    percent(layer.residualShares.late.relative),
    percent(layer.total.relative),
  ]);
  return textTable([head, ...rows]);
}

/** The errors of each stage: means over its layers, and at the outputs. */
function stageTable(stages: readonly StageLedger[]): string {
  const mean = ({ layers }: StageLedger, of: 'propagated' | 'clipping' | 'quantization' | 'residual' | 'total') =>
    percent(layers.reduce((sum, layer) => sum + layer[of].relative, 0) / layers.length);
  const head = ['stage', 'accuracy', 'agreement', 'outputs differ', 'clipping', 'quantization', 'residual', 'total'];
  const rows = stages.map((stage) => [
    stageInWords(stage.stage),
    percent(stage.accuracy),
    percent(Math.min(...stage.outputs.map(({ agreement }) => agreement))),
    percent(Math.max(...stage.outputs.map(({ difference }) => difference))),
    mean(stage, 'clipping'),
    mean(stage, 'quantization'),
    mean(stage, 'residual'),
    mean(stage, 'total'),
  ]);
  return textTable([head, ...rows]);
}

/** The ledger of the chosen stage, a summary of all stages, and the verdict. */
export function describeLedger({ sourceAccuracy, stages }: LedgerRun, chosen: StageLedger, found: Verdict): string {
  const { stage, images, steps, accuracy } = chosen;
  return [
    `Errors of ${stageInWords(stage)}, T = ${steps}, over ${images} images: mean absolute values, relative to each layer’s mean activation`,
    '',
    layerTable(chosen),
    ...(stages.length > 1 ? ['', 'By stage (errors: mean over the layers)', '', stageTable(stages)] : []),
    '',
    `On these images the source network gets ${percent(sourceAccuracy)}, ${stageInWords(stage)} ${percent(accuracy)}.`,
    describeVerdict(found),
  ].join('\n');
}
