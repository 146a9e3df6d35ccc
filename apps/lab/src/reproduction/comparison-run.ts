import type { EngineName } from '@rheobase/experiments';
import { compareMethods, type CompareOptions, type ComparisonResult } from '@rheobase/experiments/node';
import { stageInWords } from '@rheobase/experiments/report';
import { type CommandOutput, say, writeResult } from '../output/command-output.js';
import { describeComparison } from './comparison-table.js';
import { interruptible } from '../output/interruptible.js';
import { taskBar } from '../output/progress.js';
import { percent } from '../output/table.js';

/** In words, what comparisons cannot do of what the options say, if there is anything. */
export function unfitForComparisons({ engine }: { readonly engine: EngineName }): string | undefined {
  return engine === 'tfjs' ? undefined : '--engine is for one run of a method; a comparison chooses its own.';
}

/** Compares methods, telling how far it is, and writes the table. */
export async function runComparison(
  output: CommandOutput,
  form: { readonly json?: boolean | undefined },
  given: Omit<CompareOptions, 'signal' | 'onBegin' | 'onProgress' | 'onStage' | 'onUnit' | 'onNotice'>,
): Promise<void> {
  const bar = taskBar(output);
  const tell = (line: string): void => {
    bar.end();
    say(output, line);
  };
  const result: ComparisonResult = await interruptible(output, (signal) =>
    compareMethods({
      ...given,
      signal,
      onBegin: ({ table, network, data }) => {
        for (const reduction of given.smoke ?? []) say(output, `smoke run: ${reduction}`);
        say(output, `${table}: ${network.model} on ${data.dataset}, in ${given.out}`);
      },
      onProgress: ({ task, done, total, unit, note }) => bar.to(stageInWords(task), { done, total, unit, note }),
      onStage: ({ name, validation }) =>
        tell(`${stageInWords(name)}: ${percent(validation.accuracy)} of ${validation.images} held out`),
      onUnit: ({ unit, figures }) => {
        const shown = Object.entries(figures.accuracyAt).map(
          ([T, accuracy]) => `T = ${T}: ${accuracy === null ? '—' : percent(accuracy)}`,
        );
        const seconds = figures.conversion.cpuSeconds + figures.test.cpuSeconds;
        tell(`${unit.name}, seed ${unit.seed}: ${shown.join(', ')} (${figures.engine}, ${seconds.toFixed(0)} s)`);
      },
      onNotice: tell,
    }),
  ).finally(bar.end);
  writeResult(output, form, result, () => describeComparison(result, given.out));
}
