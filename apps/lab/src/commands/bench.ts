import { loadavg } from 'node:os';
import type { Command } from 'commander';
import { benchTraining, contenders } from '../bench/training-bench.js';
import { type CommandOutput, writeResult } from '../command-output.js';
import { assignment, wholeNumber } from '../option-values.js';
import { prepareOutputFile } from '../output-file.js';
import { progress } from '../progress.js';
import { writeRecord } from '../record.js';
import { table } from '../table.js';

interface Options {
  readonly model: string;
  readonly modelOption: Readonly<Record<string, unknown>>;
  readonly batch: number;
  readonly rounds: number;
  readonly record?: string;
  readonly json?: boolean;
}

/** `rheobase bench`: speed, measured by taking turns. */
export function benchCommand(program: Command, output: CommandOutput): void {
  program
    .command('bench')
    .description('measure speed, contenders taking turns')
    .command('training')
    .description('images per second of a training step on one thread: these kernels against stock tfjs-wasm')
    .option('--model <name>', 'architecture', 'resnet20')
    .option('--model-option <name=value>', 'option of the architecture', assignment, {})
    .option('--batch <images>', 'images of a step', wholeNumber(1), 128)
    .option('--rounds <n>', 'steps of each contender, after one to warm up', wholeNumber(1), 3)
    .option('--record <file>', 'also write the result with its options and versions, a .json file')
    .option('--json', 'print one line of JSON')
    .action(async (options: Options) => {
      await prepareOutputFile(options.record);
      const bar = progress(output, 'bench', contenders.length * (options.rounds + 1), 'steps');
      const times = await benchTraining(options, contenders, options.rounds, bar.to).finally(bar.end);
      const of = (read: (own: (typeof entries)[number][1]) => number): Record<string, number> =>
        Object.fromEntries(entries.map(([contender, own]) => [contender, read(own)]));
      const entries = [...times];
      const imagesPerSecond = of((own) => own.imagesPerSecond);
      const result = {
        model: options.model,
        batch: options.batch,
        rounds: options.rounds,
        imagesPerSecond,
        ratio: (imagesPerSecond['rheobase'] ?? Number.NaN) / (imagesPerSecond['tfjsWasm'] ?? Number.NaN),
        medianImagesPerSecond: of((own) => own.medianImagesPerSecond),
        imagesPerCpuSecond: of((own) => own.imagesPerCpuSecond),
        peakMegabytes: of((own) => own.peakMegabytes),
        loadAverage: loadavg(),
      };
      writeResult(output, options, result, () =>
        [
          `${options.model}, batch ${options.batch}, one thread; the fastest of ${options.rounds} steps each, taking turns`,
          table([
            ['', 'images/s', 'median', 'per CPU second', 'peak MB'],
            ...entries.map(([contender, own]) => [
              contender,
              own.imagesPerSecond.toFixed(1),
              own.medianImagesPerSecond.toFixed(1),
              own.imagesPerCpuSecond.toFixed(1),
              own.peakMegabytes.toFixed(0),
            ]),
          ]),
          `${result.ratio.toFixed(1)} times stock tfjs-wasm`,
        ].join('\n'),
      );
      if (options.record !== undefined) await writeRecord(options.record, 'bench training', { ...options }, {}, result);
    });
}
