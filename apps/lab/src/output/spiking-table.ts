import { textTable } from '@rheobase/network';
import type { SpikingSummary } from '@rheobase/experiments';
import { millions, percent } from './figures.js';

/** Powers of two up to T, and T. */
function stepsToShow(steps: number): readonly number[] {
  const shown: number[] = [];
  for (let t = 1; t < steps; t *= 2) shown.push(t);
  return [...shown, steps];
}

/** One line of the table of accuracy and cost against time steps. */
export interface SpikingRow {
  readonly steps: number;
  readonly accuracy: number;
  /** Its figures as text. */
  readonly cells: {
    readonly accuracy: string;
    /** Difference from the source network in percentage points; absent if that was not run. */
    readonly difference: string | undefined;
    readonly firingRate: string;
    readonly sops: string;
    readonly energy: string;
  };
}

/** The lines of the table, at powers of two up to T and at T. */
export function spikingRows(summary: SpikingSummary, annAccuracy: number | undefined): readonly SpikingRow[] {
  const at = (values: Readonly<Record<string, number>>, t: number): number => values[String(t)] ?? Number.NaN;
  return stepsToShow(summary.steps).map((steps) => {
    const accuracy = at(summary.accuracyAt, steps);
    return {
      steps,
      accuracy,
      cells: {
        accuracy: percent(accuracy),
        difference: annAccuracy === undefined ? undefined : (100 * (accuracy - annAccuracy)).toFixed(2),
        firingRate: at(summary.firingRateAt, steps).toFixed(3),
        sops: millions(at(summary.sopsPerImageAt, steps)),
        energy: at(summary.energyRatioAt, steps).toFixed(3),
      },
    };
  });
}

const spikesInWords: Readonly<Record<SpikingSummary['spikes'], string>> = {
  binary: 'binary',
  signed: 'signed; one of −1 takes back one of +1',
  'several values': 'several values in a step',
  custom: 'those of neurons with a step of their own',
};

/** The table of accuracy and cost against time steps, and the counting conventions. */
export function describeSpiking(
  summary: SpikingSummary,
  annAccuracy: number | undefined,
  each: 'image' | 'recording' = 'image',
): string {
  const rows = spikingRows(summary, annAccuracy).map(({ steps, cells }) => [
    String(steps),
    cells.accuracy,
    ...(cells.difference === undefined ? [] : [cells.difference]),
    cells.firingRate,
    cells.sops,
    cells.energy,
  ]);
  const head = [
    'T',
    'accuracy',
    ...(annAccuracy === undefined ? [] : ['to ANN']),
    'firing rate',
    `SOPs/${each}`,
    'energy/ANN',
  ];
  const { model, boundary } = summary.energy;
  return [
    textTable([head, ...rows]),
    '',
    `${summary.images} ${each}s; ${each === 'image' ? 'the source network needs' : 'an analog network of the same layers would need'} ` +
      `${millions(summary.macsPerImage)} MACs per ${each === 'image' ? each : 'frame'} ` +
      `(${millions(summary.denseMacsPerImage)} with padding)` +
      `${annAccuracy === undefined ? '' : ` and gets ${percent(annAccuracy)}`}.`,
    `Spikes: ${spikesInWords[summary.spikes]}.${bitsInWords(summary)}`,
    `Energy: ${model.accumulate} pJ per accumulate, ${model.multiplyAccumulate} pJ per multiply-accumulate (${model.name}); ` +
      `first layer as MACs ${boundary.firstLayer}, read-out ${boundary.readOut}${each === 'image' ? '' : '; compared with one pass of that network over one frame'}.`,
    ...(summary.energyRatio > 1
      ? [
          `It costs ${summary.energyRatio.toFixed(2)} times the energy of ${each === 'image' ? 'the source' : 'that'} network.`,
        ]
      : []),
  ].join('\n');
}

function bitsInWords({ spikeBitsPerImage: bits }: Pick<SpikingSummary, 'spikeBitsPerImage'>): string {
  return bits === undefined ? '' : ` They send ${millions(bits)} bits, without addresses.`;
}
