import { textTable } from '@rheobase/network';
import { defaultCacheDir, defaultEventDatasets, type Downloaded, download } from '@rheobase/datasets/node';
import type { Registries } from '@rheobase/experiments/node';
import type { Command } from 'commander';
import { type CommandOutput, writeResult } from '../output/command-output.js';
import { interruptible } from '../output/interruptible.js';
import { progress } from '../output/progress.js';

/** `rheobase datasets`: the data sets, and `datasets download` to fetch one. */
export function datasetsCommand(program: Command, output: CommandOutput, registries: Registries): void {
  const command = program
    .command('datasets')
    .description('list the data sets, or one of them')
    .argument('[name]', 'data set')
    .option('--json', 'print one line of JSON')
    .action((asked: string | undefined, options: { readonly json?: boolean }) => {
      const known = new Set([...registries.datasets.names, ...defaultEventDatasets.names]);
      const sets = [...(asked === undefined ? known : [asked])].map((name) => {
        const from = registries.datasets.has(name) || !known.has(name) ? registries.datasets : defaultEventDatasets;
        const { summary, splits, origin } = from.get(name);
        return { name, summary, splits, origin: origin.kind };
      });
      const origins = {
        published: 'can be downloaded',
        manual: 'bring your own files',
        procedural: 'procedural',
      };
      writeResult(output, options, { datasets: sets }, () =>
        textTable([
          ['data set', 'content', 'splits', 'files'],
          ...sets.map(({ name, summary, splits, origin }) => [name, summary, splits.join(', '), origins[origin]]),
        ]),
      );
    });
  command
    .command('download')
    .description('download a data set; verified, and resumed after an interruption')
    .argument('<name>', 'data set')
    .option('--cache-dir <folder>', 'where to put it (default: the system’s cache folder)')
    .option('--json', 'print one line of JSON')
    .action(async (name: string, options: { readonly cacheDir?: string; readonly json?: boolean }) => {
      assertNoEvents(name);
      const cacheDir = options.cacheDir ?? defaultCacheDir();
      const bars = new Map<string, ReturnType<typeof progress>>();
      const work = (signal: AbortSignal): Promise<Downloaded> =>
        download(name, {
          cacheDir,
          datasets: registries.datasets,
          signal,
          progress: ({ url, received, total }) => {
            let bar = bars.get(url);
            if (bar === undefined)
              bars.set(url, (bar = progress(output, url.split('/').at(-1) ?? url, total, 'bytes')));
            bar.to(received);
          },
        });
      const result = await interruptible(output, work, 'Interrupted: keeping what has arrived …').finally(() => {
        for (const bar of bars.values()) bar.end();
      });
      writeResult(output, options, { name, ...result }, () => describe(name, result));
    });
}

/** @throws for a set of recordings, which has no published files, saying how to get it. */
function assertNoEvents(name: string): void {
  if (!defaultEventDatasets.has(name)) return;
  const { origin } = defaultEventDatasets.get(name);
  throw new Error(`${name} cannot be downloaded by this command${origin.kind === 'manual' ? `: ${origin.how}` : ''}.`);
}

function describe(name: string, { folder, fetched, verified }: Downloaded): string {
  if (fetched) return `${name} is in ${folder}; the checksum of every file is correct`;
  return verified
    ? `${name} was already in ${folder}; the checksum of every file is correct`
    : `${name} was already in ${folder}, but not verified: it was not downloaded by this command and holds no checksums. ` +
        'Remove the folder to download the set again.';
}
