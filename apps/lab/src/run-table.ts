import type { RunResult } from '@rheobase/experiments/node';
import { percent, table } from './table.js';

const inWords: Readonly<Record<string, string>> = {
  converted: 'converted',
  potentials: 'stage II (a): initial potentials',
  bptt: 'stage II (b): BPTT by layer',
  potentialsAgain: 'stage II (c): potentials again',
  stage2: 'stage II: the best of them',
  light: 'calibrated without gradients',
  beyond: 'beyond: with the extensions',
  'withoutStageOne-converted': 'converted without stage I',
  'withoutStageOne-stage2': 'stage II without stage I',
};

/** A run's result in words: the accuracy of every stage after every time step, what the best costs, and what was expected. */
export function describeRun(result: RunResult, out: string): string {
  const { steps, stages, validation, ann, quantClip } = result;
  const times = Array.from({ length: steps }, (_, i) => String(i + 1));
  const shown = steps <= 8 ? times : times.filter((t) => Number.isInteger(Math.log2(Number(t))) || Number(t) === steps);
  const rows = Object.entries(stages).map(([name, stage]) => [
    inWords[name] ?? name,
    percent(validation[name] ?? Number.NaN),
    ...shown.map((t) => percent(stage.accuracyAt[t] ?? Number.NaN)),
    stage.firingRate.toFixed(3),
    `${(stage.sopsPerImage / 1e6).toFixed(2)} M`,
    stage.energyRatio.toFixed(3),
  ]);
  const analog = (name: string, key: string, accuracy: number): readonly string[] => [
    name,
    percent(validation[key] ?? Number.NaN),
    ...shown.slice(1).map(() => ''),
    percent(accuracy),
    '',
    '',
    '',
  ];
  const minutes = (result.seconds['total'] ?? 0) / 60;
  return [
    '',
    table([
      ['', 'held out', ...shown.map((t) => `T = ${t}`), 'firing rate', 'SOPs/image', 'energy/ANN'],
      analog('source network', 'ann', ann),
      analog(`stage I: quantized, L = ${result.levels}`, 'quantClip', quantClip),
      ...rows,
    ]),
    '',
    `${result.images} test images, read once, after every choice was made on held-out training images.`,
    `${minutes.toFixed(1)} minutes. ${out}/network.safetensors is '${result.network}'.`,
    ...(result.smoke === undefined ? [] : [`A smoke run, whose figures mean nothing: ${result.smoke.join('; ')}.`]),
    ...result.expectations.map(describeExpectation),
    ...result.published.map(describePublication),
    ...(result.reason === undefined ? [] : [`No figure is expected: ${result.reason}.`]),
  ].join('\n');
}

function describeExpectation({
  stage,
  accuracy,
  measured,
  source,
  verdict,
}: RunResult['expectations'][number]): string {
  const found = measured === undefined ? '' : `, here ${percent(measured)}`;
  return `${stage}: expected ${percent(accuracy)} (${source})${found}: ${inWordsOf(verdict)}`;
}

function describePublication({
  method,
  source,
  steps,
  accuracy,
  difference,
  verdict,
}: RunResult['published'][number]): string {
  const points = `${difference < 0 ? '−' : '+'}${(100 * Math.abs(difference)).toFixed(2)}`;
  return `${method} (${source}) at T = ${steps}: ${percent(accuracy)}, here ${points} points: ${inWordsOf(verdict)}`;
}

function inWordsOf(verdict: RunResult['expectations'][number]['verdict']): string {
  switch (verdict.kind) {
    case 'reproduced':
      return 'reproduced';
    case 'short':
      return `short by ${percent(verdict.by)} beyond what is tolerated`;
    case 'not comparable':
      return `not comparable: ${verdict.reason}`;
  }
}
