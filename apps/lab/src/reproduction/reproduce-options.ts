import type { EngineName } from '@rheobase/experiments';
import type { Command } from 'commander';
import { countingEngine } from '../choices/engine-choice.js';
import { withNormalizationOptions } from '../choices/normalization-choice.js';
import { path, integerFrom } from '../choices/option-values.js';

/** The options of `reproduce`. */
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

/** Adds the options for starting a run. */
export function withReproduceOptions(command: Command): Command {
  return withNormalizationOptions(command, 'as in the file')
    .option('--data-dir <folder>', 'the folder that holds the data sets’ folders', path)
    .option('--weights <file>', 'trained weights of the source network, a safetensors file', path)
    .option(
      '--quantized <path>',
      'in place of stage I: the network that `finetune` wrote, its folder, or the folder of a run with stage I',
      path,
    )
    .option('--model <name>', 'architecture in place of the file’s')
    .option('--steps <T>', 'time steps (default: the first of the file; all in a comparison)', integerFrom(1, 1000))
    .option(
      '--seed <n>',
      'determines everything random (default: the first of the file; all in a comparison)',
      integerFrom(0),
    )
    .option('--limit <n>', 'report on the first test images only (default: as in the file)', integerFrom(1))
    .option(
      '--threads <n>',
      'threads for gradients and for the event engine; for a detector only the latter; the result does not depend on it',
      integerFrom(1, 256),
      1,
    )
    .option('--deterministic', 'the plain SIMD kernels, which give the same bytes on every engine')
    .option(
      '--smoke',
      'run every stage on a handful of images for one epoch, as a check; needs no data or weights, and says what it leaves out',
    )
    .option('--out <folder>', 'where everything is written (default: a new folder in runs)', path)
    .addOption(countingEngine())
    .option('--json', 'print one line of JSON');
}
