import { describeInput, type IntegerConversion, toInteger } from '@rheobase/converter';
import type { Normalization } from '@rheobase/datasets';
import {
  boundByNormalization,
  correctedInteger,
  type EngineName,
  type Images,
  type Precision,
} from '@rheobase/experiments';
import {
  type ChosenEngine,
  chooseEngine,
  type EngineChoice,
  engineChoices,
  precisions,
  type Registries,
} from '@rheobase/experiments/node';
import type { Network } from '@rheobase/network';
import { isIntegerNetwork } from '@rheobase/network';
import { type Command, Option } from 'commander';
import { type CommandOutput, say } from '../output/command-output.js';
import { integerFrom } from './option-values.js';

/** The options that choose an engine. */
export interface EngineOptions {
  readonly engine: EngineChoice;
  /** Default: float32, or int8 for an integer network. */
  readonly precision?: Precision;
  readonly threads: number;
}

/** Names of the options that choose an engine. */
export const engineOptions: readonly (keyof EngineOptions)[] = ['engine', 'precision', 'threads'];

/** The option to correct biases of an integer network for rounding errors. */
export interface CorrectionOptions {
  readonly correctBias?: boolean;
}

/** Adds the options that choose an engine. */
export function withEngineOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--engine <name>', 'the event engine, tfjs, or auto: the event engine if it has every kernel')
        .choices(engineChoices)
        .default('auto'),
    )
    .addOption(
      new Option(
        '--precision <format>',
        'of the event engine: float32, or int8 weights with integers throughout (default: float32)',
      ).choices(precisions),
    )
    .option('--threads <n>', 'threads of the event engine', integerFrom(1, 256), 1);
}

/** Adds the option to correct biases on training images. */
export function withCorrectionOption(command: Command): Command {
  return command.option(
    '--correct-bias',
    'with int8: correct biases for mean currents lost to rounding, recorded on training images',
  );
}

/** The option that chooses the engine for the accuracy of a run's spiking networks. */
export function countingEngine(): Option {
  return new Option(
    '--engine <name>',
    'what counts the accuracy of spiking networks: tfjs, or the event engine, which is faster',
  )
    .choices(['tfjs', 'event'] satisfies readonly EngineName[])
    .default('tfjs');
}

/** @throws naming options that cannot be combined. */
export function assertEngineApplies({
  engine,
  precision,
  correctBias,
  threads,
}: EngineOptions & CorrectionOptions): void {
  if (correctBias === true && precision !== 'int8') throw new Error('--correct-bias needs --precision int8.');
  if (engine === 'tfjs' && precision === 'int8') {
    throw new Error('--precision int8 is for the event engine; omit --engine, or give --engine event.');
  }
  if (engine === 'tfjs' && threads > 1) throw new Error('--threads is for the event engine; tfjs has one thread.');
}

/** Rewrites a network in integers. */
export type Rounding = (given: Network) => Promise<IntegerConversion>;

/** Rewrites networks in integers, for images with a normalization. */
export function roundedFor(normalization: Normalization, { neurons }: Registries): Rounding {
  return async (given) => toInteger(given, { inputMaximum: boundByNormalization(normalization), neurons });
}

/**
 * Starts the engine that the options choose. Reports if it is not the requested one, and the range of inputs for integers.
 *
 * @param rounded rewrites a network in integers
 * @throws {NetworkError} naming the nodes and neurons without a kernel, if no other engine may be used.
 */
export async function startEngine(
  network: Network,
  { engine, precision, threads }: EngineOptions,
  registries: Registries,
  output: CommandOutput,
  rounded: Rounding,
): Promise<ChosenEngine> {
  const isInteger = isIntegerNetwork(network);
  if (isInteger && precision === 'float32') {
    throw new Error('This network is already an integer network; omit --precision.');
  }
  const toIntegerNetwork = async (given: Network): Promise<Network> => {
    if (isInteger) return given;
    const { network: whole, report } = await rounded(given);
    for (const input of report.inputs) say(output, `note: int8: ${describeInput(input)}`);
    return whole;
  };
  const wanted = precision ?? (isInteger ? 'int8' : 'float32');
  const chosen = await chooseEngine(network, engine, wanted, { threads, toIntegerNetwork, registries });
  if (chosen.fallback !== undefined) {
    say(output, `note: simulating on tfjs, as the event engine has no kernel for all of it: ${chosen.fallback}`);
  }
  return chosen;
}

/** The engine of a simulation, for results. */
export interface SimulatedBy {
  readonly engine: EngineName;
  readonly precision: Precision;
  /** Why it is not the engine that was tried first. */
  readonly fallback?: string;
}

export function simulatedBy({ engine, fallback }: ChosenEngine): SimulatedBy {
  return { engine: engine.name, precision: engine.precision, ...(fallback !== undefined && { fallback }) };
}

/** Describes the engine. */
export function describeEngine({ engine, precision }: SimulatedBy): string {
  return `Simulated by ${engine === 'event' ? 'the event engine' : engine} in ${precision}.`;
}

/**
 * Rewrites networks in integers, with biases corrected for rounding errors on some images.
 *
 * @param openImages opens training images to record means on
 */
export function correctedBy(openImages: () => Promise<Images>, steps: number, { neurons }: Registries): Rounding {
  return async (given) => {
    const images = await openImages();
    try {
      return await correctedInteger(given, { images, steps, neurons });
    } finally {
      await images.source.close();
    }
  };
}
