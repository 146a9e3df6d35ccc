import type { Registries } from '@rheobase/experiments/node';
import type { Command } from 'commander';
import type { CommandOutput } from '../output/command-output.js';
import { benchInferenceCommand } from './bench-inference.js';
import { benchSpikeKernelsCommand } from './bench-spike-kernels.js';
import { benchTrainingCommand } from './bench-training.js';

/** `rheobase bench`: speed, measured with contenders taking turns. */
export function benchCommand(program: Command, output: CommandOutput, registries: Registries): void {
  const bench = program.command('bench').description('measure speed, contenders taking turns');
  benchTrainingCommand(bench, output, registries);
  benchInferenceCommand(bench, output, registries);
  benchSpikeKernelsCommand(bench, output, registries);
}
