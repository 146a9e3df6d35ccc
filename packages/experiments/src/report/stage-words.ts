import { ownValue } from '@rheobase/network';
const words = new Map(
  Object.entries({
    ann: 'source network',
    sourceUnfolded: 'training of the source network',
    source: 'source network, batch norms folded',
    quantClip: 'stage I: quantized',
    converted: 'converted',
    potentials: 'stage II (a): initial potentials',
    bptt: 'stage II (b): BPTT by layer',
    potentialsAgain: 'stage II (c): potentials again',
    stage2: 'stage II: the best of them',
    light: 'calibrated without gradients',
    endToEnd: 'beyond: end to end',
    beyond: 'beyond: with the extensions',
  }),
);

/** Of one of several extensions, or levels: `beyond-2`, `quantClip-8`. */
const numbered = new Map(
  Object.entries({
    beyond: (place: string) => `beyond: extension ${place}`,
    quantClip: (levels: string) => `stage I: quantized, L = ${levels}`,
  }),
);

/** Of the passes of `rheobase calibrate`, in their order. */
const passes: Readonly<Record<string, string>> = {
  light: 'calibrated without gradients',
  'initial-potentials': 'initial potentials',
  'layerwise-bptt': 'BPTT by layer',
};

const ablated = 'withoutStageOne-';

/** What a stage of a run is, in words, by the name that its files and its result have; a name that is no stage's stays. */
export function stageInWords(name: string): string {
  if (name.startsWith(ablated)) return `without stage I: ${stageInWords(name.slice(ablated.length))}`;
  const [, place, pass = ''] = /^(\d+)-(.+)$/.exec(name) ?? [];
  if (place !== undefined) return `pass ${place}: ${ownValue(passes, pass) ?? pass}`;
  const [, kind = name, number] = /^(.+)-(\d+)$/.exec(name) ?? [];
  const own = number === undefined ? words.get(name) : numbered.get(kind)?.(number);
  return own ?? name;
}
