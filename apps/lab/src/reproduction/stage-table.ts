import { textTable } from '@rheobase/network';
import type { ScoreName } from '@rheobase/experiments/report';
import { millions, percent } from '../output/figures.js';

/** A network that does not spike. Scores are 0…1. */
export interface AnalogRow {
  readonly label: string;
  /** On held-out training images. */
  readonly heldOut: number | undefined;
  readonly score: number;
}

/** A spiking network, by the label of its stage; its cost is that of all T steps. */
export interface SpikingRow {
  readonly label: string;
  /** What a spike is: `binary`, `signed`, `several values`; absent in runs from before. */
  readonly spikes?: string | undefined;
  readonly heldOut: number | undefined;
  /** By t. */
  readonly scoreAt: ReadonlyMap<number, number>;
  /** Spikes per neuron and step. */
  readonly firingRate: number;
  readonly sopsPerImage: number;
  /** Energy over that of the source network. */
  readonly energyRatio: number;
}

/** Up to this many time steps all are shown; of more, only powers of 2 and the last. */
const shownSteps = 8;

/** The stages of a run as a table: scores on held-out images and, by t, on the test images, and the cost of each. */
export function stageTable({ name }: ScoreName, analog: readonly AnalogRow[], spiking: readonly SpikingRow[]): string {
  const times = [...new Set(spiking.flatMap(({ scoreAt }) => [...scoreAt.keys()]))].toSorted((a, b) => a - b);
  const last = times.at(-1);
  const shown = times.length <= shownSteps ? times : times.filter((t) => Number.isInteger(Math.log2(t)) || t === last);
  const fraction = (value: number | undefined): string => (value === undefined ? '' : percent(value));
  const hasSpikes = spiking.some(({ spikes }) => spikes !== undefined);
  const told = (spikes: string): readonly string[] => (hasSpikes ? [spikes] : []);
  return textTable([
    [name, ...told('spikes'), 'held out', ...shown.map((t) => `T = ${t}`), 'firing rate', 'SOPs/image', 'energy/ANN'],
    // Under the last T, if any.
    ...analog.map(({ label, heldOut, score }) => [
      label,
      ...told(''),
      fraction(heldOut),
      ...shown.slice(1).map(() => ''),
      percent(score),
      '',
      '',
      '',
    ]),
    ...spiking.map(({ label, spikes = '', heldOut, scoreAt, firingRate, sopsPerImage, energyRatio }) => [
      label,
      ...told(spikes),
      fraction(heldOut),
      ...shown.map((t) => fraction(scoreAt.get(t))),
      firingRate.toFixed(3),
      millions(sopsPerImage),
      energyRatio.toFixed(3),
    ]),
  ]);
}
