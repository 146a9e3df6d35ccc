import { ownValue } from '@rheobase/network';
import { presentStage } from '../former-names.js';

const words = new Map(
  Object.entries({
    ann: 'source network',
    sourceUnfolded: 'training of the source network',
    source: 'source network, batch norms folded',
    quantClip: 'stage I: quantized',
    converted: 'converted',
    potentials: 'stage II (a): initial potentials',
    bptt: 'stage II (b): layer-wise BPTT',
    potentialsAgain: 'stage II (c): potentials again',
    stage2: 'stage II: the best of them',
    light: 'calibrated without gradients',
    endToEnd: 'extension: end to end',
    extensions: 'with extensions',
  }),
);

/** Of one of several extensions, or levels: `extensions-2`, `quantClip-8`. */
const numbered = new Map(
  Object.entries({
    extensions: (place: string) => `extension ${place}`,
    quantClip: (levels: string) => `stage I: quantized, L = ${levels}`,
  }),
);

/** Of the passes of `rheobase calibrate`, in their order. */
const passes: Readonly<Record<string, string>> = {
  light: 'calibrated without gradients',
  'initial-potentials': 'initial potentials',
  'layerwise-bptt': 'layer-wise BPTT',
  ftbc: 'biases by time step',
};

const ablated = 'withoutStageOne-';

/** A stage of a run in words, by its name in files and results. A name that is not a stage's is unchanged. */
export function stageInWords(given: string): string {
  const name = presentStage(given);
  if (name.startsWith(ablated)) return `without stage I: ${stageInWords(name.slice(ablated.length))}`;
  const [, way, part] = /^stage2-(.+?)(?:-(\d+))?$/.exec(name) ?? [];
  if (way !== undefined) return `stage II, ${way}: ${part === undefined ? 'the best of its parts' : `part ${part}`}`;
  const [, place, pass = ''] = /^(\d+)-(.+)$/.exec(name) ?? [];
  if (place !== undefined) return `pass ${place}: ${ownValue(passes, pass) ?? pass}`;
  const [, kind = name, number] = /^(.+)-(\d+)$/.exec(name) ?? [];
  const own = number === undefined ? words.get(name) : numbered.get(kind)?.(number);
  return own ?? name;
}
