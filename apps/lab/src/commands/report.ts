import { join } from 'node:path';
import { runFiles, runFileNames } from '@rheobase/experiments/node';
import { comparingPictures, runPictures } from '@rheobase/experiments/report';
import type { Command } from 'commander';
import { type CommandOutput, say, writeResult } from '../output/command-output.js';
import { fileEndingIn, path } from '../choices/option-values.js';
import { assertOutputFolder } from '../output/output-file.js';
import { writePicture } from '../output/picture-file.js';
import { writeReport } from '../reproduction/report-file.js';
import { makeFolder } from '@rheobase/network/node';

interface Options {
  readonly out?: string;
  readonly pictures?: string;
  readonly json?: boolean;
}

/** `rheobase report`: finished runs as one page. */
export function reportCommand(program: Command, output: CommandOutput): void {
  program
    .command('report')
    .description(
      'write a report on one or several runs: one page that needs no network and runs no script; reads only their folders',
    )
    .argument(
      '<run...>',
      'folders that `rheobase reproduce` wrote; of several, those without a finished run are skipped',
    )
    .option(
      '--out <file>',
      `the page (default: ${runFileNames.report} in the run’s folder, or here for several)`,
      fileEndingIn('.html'),
    )
    .option('--pictures <folder>', 'also write every picture there, as SVG and as PNG', path)
    .option('--json', 'print one line of JSON')
    .action(async (given: readonly string[], options: Options) => {
      if (options.pictures !== undefined) await assertOutputFolder(options.pictures, '--pictures');
      const folders = [...new Set(given)];
      const [only = '.'] = folders;
      const file = options.out ?? runFiles(folders.length === 1 ? only : '.').report;
      const { runs, leftOut } = await writeReport(file, folders);
      for (const { reason } of leftOut) say(output, `note: left out: ${reason}`);
      const written = [file];
      if (options.pictures !== undefined) {
        await makeFolder(options.pictures);
        const named = runs.flatMap((run) =>
          runPictures(run).map(({ name, svg }) => ({ name: runs.length === 1 ? name : `${run.name}-${name}`, svg })),
        );
        for (const { name, svg } of runs.length === 1 ? named : [...comparingPictures(runs), ...named]) {
          for (const ending of ['svg', 'png']) {
            const picture = join(options.pictures, `${name}.${ending}`);
            await writePicture(picture, svg);
            written.push(picture);
          }
        }
        say(output, `${written.length - 1} pictures are in ${options.pictures}.`);
      }
      writeResult(output, options, { report: file, written, leftOut }, () => file);
    });
}
