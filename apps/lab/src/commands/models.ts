import { textTable } from '@rheobase/network';
import type { Registries } from '@rheobase/experiments/node';
import type { Command } from 'commander';
import { type CommandOutput, writeResult } from '../output/command-output.js';

/** `rheobase models`: the architectures, or one of them with its options. */
export function modelsCommand(program: Command, output: CommandOutput, registries: Registries): void {
  program
    .command('models')
    .description('list the architectures, or the options of one')
    .argument('[name]', 'architecture')
    .option('--detectors', 'list the detectors instead of the classifiers')
    .option('--json', 'print one line of JSON')
    .action((name: string | undefined, options: { readonly detectors?: boolean; readonly json?: boolean }) => {
      const { models, detectors } = registries;
      const isDetector = name !== undefined && !models.has(name) && detectors.has(name);
      const known = options.detectors === true || isDetector ? detectors : models;
      const families = (name === undefined ? known.names : [name]).map((family) => known.get(family));
      const described = families.map(({ name: model, summary, source, normalization, options: own }) => ({
        name: model,
        summary,
        source,
        normalization,
        options: Object.fromEntries(
          Object.entries(own).map(([option, { summary: about, values, default: standard }]) => [
            option,
            {
              summary: about,
              values: typeof standard === 'function' ? `${values}; in TypeScript, not by --model-option` : values,
              default: describe(standard),
            },
          ]),
        ),
      }));
      writeResult(output, options, name === undefined ? { models: described } : (described[0] ?? {}), () => {
        if (name === undefined)
          return textTable([['model', 'what it is'], ...described.map((model) => [model.name, model.summary])]);
        const rows = described.flatMap((model) =>
          Object.entries(model.options).map(([option, value]) => [
            option,
            value.default,
            `${value.summary}: ${value.values}`,
          ]),
        );
        const head = described.map(
          ({ summary, source, normalization }) => `${summary}\n${source}\nnormalization: ${normalization}\n`,
        );
        return [...head, textTable([['option', 'default', 'what it is'], ...rows])].join('\n');
      });
    });
}

/** A default as one would type it; a function cannot be typed, and may have no name. */
function describe(value: unknown): string {
  if (typeof value === 'function') return value.name === '' ? 'its own' : value.name;
  return Array.isArray(value) ? value.join(',') : String(value);
}
