import { textTable } from '@rheobase/network';
import { type ComparisonResult, runFiles } from '@rheobase/experiments/node';
import { figuresInWords, minutesOf, remarkOnSmoke } from './run-remarks.js';
import { millions, percent } from '../output/figures.js';

/** Shown instead of a figure if a method has none. */
const none = '—';

type Cell = ComparisonResult['table'][number];

/** Describes a comparison's result: accuracy of every method at every T, its cost, and how T was counted. */
export function describeComparison(result: ComparisonResult, out: string): string {
  const { ann, quantized, images, seeds, methods } = result;
  const steps = [...new Set(result.table.map((cell) => cell.steps))].toSorted((a, b) => a - b);
  const cellOf = (method: string, T: number): Cell | undefined =>
    result.table.find((cell) => cell.method === method && cell.steps === T);
  const [most = 1] = result.steps.toSorted((a, b) => b - a);
  return [
    '',
    textTable([
      ['accuracy (%) at', 'spikes', ...steps.map((T) => `T = ${T}`)],
      ...methods.map(({ name, spikes = '', seeded }) => [
        name,
        spikes,
        ...steps.map((T) => shownAccuracy(cellOf(name, T), seeded && seeds.length > 1)),
      ]),
    ]),
    '',
    textTable([
      ['cost', 'T', 'firing rate', 'SOPs/image', 'energy/ANN', 'engine', 'conversion', 'test'],
      ...methods.map(({ name, engine, conversion, test }) => {
        const own = result.table.filter((cell) => cell.method === name && cell.accuracy !== null);
        const last = own.findLast((cell) => cell.steps <= most) ?? own.at(-1);
        return [
          name,
          String(last?.steps ?? none),
          last?.firingRate.mean.toFixed(3) ?? none,
          last === undefined ? none : millions(last.sopsPerImage.mean),
          last?.energyRatio.mean.toFixed(3) ?? none,
          engine,
          `${conversion.cpuSeconds.toFixed(1)} s`,
          `${test.cpuSeconds.toFixed(1)} s`,
        ];
      }),
    ]),
    '',
    `${images} test images. The source network gets ${percent(ann)}, the quantized one (L = ${quantized.levels}) ${percent(quantized.accuracy)}.`,
    seeds.length > 1
      ? `Mean ± standard deviation over ${seeds.length} seeds, which determine ${result.seedsDraw}; no ± for methods without random numbers.`
      : `One seed, which determines ${result.seedsDraw}.`,
    `T counts every step; ${none} means no answer yet. Conversion and test: CPU time for all T and seeds.`,
    ...methods.filter(({ stepsBefore }) => stepsBefore > 0).map(({ name, latency }) => `${name}: ${latency}.`),
    `${minutesOf(result)} Every figure is in ${runFiles(out).result}.`,
    ...remarkOnSmoke(result),
    ...figuresInWords(result),
  ].join('\n');
}

function shownAccuracy(cell: Cell | undefined, spread: boolean): string {
  if (cell === undefined) return '';
  if (cell.accuracy === null) return none;
  const { mean, deviation } = cell.accuracy;
  const shown = (fraction: number): string => (100 * fraction).toFixed(2);
  return spread ? `${shown(mean)} ± ${shown(deviation)}` : shown(mean);
}
