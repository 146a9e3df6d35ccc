import { stat } from 'node:fs/promises';
import { describeWeightReport, renamingBy, weightRemarks } from '@rheobase/interop';
import { type LoadedWeightsFile, loadWeightsFile } from '@rheobase/interop/node';
import type { Network } from '@rheobase/network';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { type CommandOutput, say } from '../output/command-output.js';
import { shellWord } from '../output/shell-word.js';
import { path, several } from './option-values.js';

/** The options that choose a model's trained weights. */
export interface WeightsOptions {
  readonly weights?: string;
  readonly prefix?: string;
  readonly rename?: readonly string[];
  readonly allowMissing?: readonly string[];
  readonly allowUnused?: readonly string[];
  readonly listWeights?: boolean;
}

/** Adds the options that choose trained weights. */
export function withWeightsOptions(command: Command): Command {
  return command
    .option(
      '--weights <file>',
      'safetensors file with PyTorch, Keras or Rheobase names; without it the weights are random',
      path,
    )
    .option(
      '--prefix <text>',
      'read the tensors with this prefix, such as ema., and remove it (default: a prefix common to all names)',
    )
    .option('--rename <pattern=name>', 'map other names of tensors, such as "fc.*=linear.*"', renamingRule)
    .option('--allow-missing <pattern>', 'a parameter that may be missing in the weights; * matches anything', several)
    .option('--allow-unused <pattern>', 'a tensor of the weights that may remain unused', several)
    .option('--list-weights', 'print which parameter each tensor of the weights was read into');
}

function renamingRule(text: string, before: readonly string[] = []): readonly string[] {
  try {
    renamingBy([text]);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
  return [...before, text];
}

/** @throws naming an option that requires weights that were not given. */
export function assertWeightsGiven({ weights, ...options }: WeightsOptions): void {
  if (weights !== undefined) return;
  const { prefix, rename, allowMissing, allowUnused, listWeights } = options;
  const given = {
    '--prefix': prefix !== undefined,
    '--rename': rename !== undefined,
    '--allow-missing': allowMissing !== undefined,
    '--allow-unused': allowUnused !== undefined,
    '--list-weights': listWeights === true,
  };
  for (const [option, isGiven] of Object.entries(given)) {
    if (isGiven) throw new Error(`${option} needs --weights FILE.`);
  }
}

/**
 * Loads the weights that the options choose into a model, and reports what was not read as is.
 *
 * @throws naming the file if it cannot be read or does not fit.
 */
export async function chosenWeights(
  model: Network,
  file: string,
  { prefix, rename = [], allowMissing = [], allowUnused = [], listWeights }: WeightsOptions,
  output: CommandOutput,
): Promise<LoadedWeightsFile> {
  if ((await stat(file).catch(() => undefined))?.isDirectory() === true) {
    throw new Error(
      `${file}: it is a folder, not a file of weights. If a run wrote it, omit --model and give --network ${shellWord(file)}.`,
    );
  }
  const loaded = await loadWeightsFile(model, file, {
    allowMissing,
    allowUnused,
    rename,
    ...(prefix !== undefined && { prefix }),
    optionNames: { prefix: '--prefix', allowUnused: '--allow-unused' },
    remedy:
      'Give --model and --model-option as the weights were trained, or other --weights; map other names with ' +
      `--rename 'PATTERN=NAME' or --prefix; list what may remain unmatched with --allow-missing (parameters) and --allow-unused (tensors).`,
  });
  for (const remark of weightRemarks(loaded.report)) say(output, `note: ${file}: ${remark}.`);
  if (listWeights === true) say(output, describeWeightReport(loaded.report));
  return loaded;
}
