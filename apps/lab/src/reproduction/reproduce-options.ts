import type { EngineName } from '@rheobase/experiments';
import type { Command } from 'commander';
import { countingEngine } from '../choices/engine-choice.js';
import { withNormalizationOptions } from '../choices/normalization-choice.js';
import { path, wholeNumber } from '../choices/option-values.js';

/** What `reproduce` is to do, as its options say. */
export interface ReproduceCommandOptions {
  readonly dataDir?: string;
  readonly weights?: string;
  readonly quantized?: string;
  readonly model?: string;
  readonly normalization?: string;
  readonly steps?: number;
  readonly seed?: number;
  readonly limit?: number;
  readonly threads: number;
  readonly deterministic?: boolean;
  readonly engine: EngineName;
  readonly smoke?: boolean;
  readonly out?: string;
  readonly json?: boolean;
}

/** Adds the options that a run is begun with. */
export function withReproduceOptions(command: Command): Command {
  return withNormalizationOptions(command, 'what the file says')
    .option('--data-dir <folder>', 'the folder that holds the data sets’ folders', path)
    .option('--weights <file>', 'trained weights of the source network, a safetensors file', path)
    .option(
      '--quantized <path>',
      'in place of stage I: the network that `finetune` wrote, its folder, or the folder of a run, whose stage I is taken',
      path,
    )
    .option('--model <name>', 'another architecture than the file’s')
    .option(
      '--steps <T>',
      'time steps; the first of the file’s unless given, all in a comparison',
      wholeNumber(1, 1000),
    )
    .option(
      '--seed <n>',
      'settles everything random; the first of the file’s unless given, all in a comparison',
      wholeNumber(0),
    )
    .option('--limit <n>', 'reports on the first so many test images; what the file says unless given', wholeNumber(1))
    .option(
      '--threads <n>',
      'threads that take gradients, and of the event engine; of a detector, the latter alone; the result does not depend on it',
      wholeNumber(1, 256),
      1,
    )
    .option('--deterministic', 'the plain SIMD kernels, which give the same bytes on every engine')
    .option(
      '--smoke',
      'every stage on a handful of images and for one epoch, to see that it runs; needs neither data nor weights, and says what it leaves out',
    )
    .option('--out <folder>', 'where everything is kept; a folder of its own in runs unless given', path)
    .addOption(countingEngine())
    .option('--json', 'print one line of JSON');
}
