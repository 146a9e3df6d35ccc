import { toInteger } from '@rheobase/converter';
import { correctedInteger, type EngineName, type Images, type Precision } from '@rheobase/experiments';
import {
  type ChosenEngine,
  chooseEngine,
  type EngineChoice,
  engineChoices,
  precisions,
} from '@rheobase/experiments/node';
import type { Network } from '@rheobase/network';
import { isIntegerNetwork } from '@rheobase/network';
import { type Command, Option } from 'commander';
import { type CommandOutput, say } from './command-output.js';
import { wholeNumber } from './option-values.js';

/** What simulates, as options say. */
export interface EngineOptions {
  readonly engine: EngineChoice;
  /** float32 unless given, or the network is one in whole numbers. */
  readonly precision?: Precision;
  readonly correctBias?: boolean;
  readonly threads: number;
}

/** Adds the options that choose an engine. */
export function withEngineOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--engine <name>', 'the event engine, tfjs, or auto: the event engine where it has every kernel')
        .choices(engineChoices)
        .default('auto'),
    )
    .addOption(
      new Option(
        '--precision <format>',
        'of the event engine: float32, or int8 weights with whole numbers throughout; float32 unless given',
      ).choices(precisions),
    )
    .option('--correct-bias', 'of int8: mean currents lost to rounding go into the biases, recorded on training images')
    .option('--threads <n>', 'threads of the event engine', wholeNumber(1, 256), 1);
}

/** The option that says who counts the accuracy of a run's spiking networks. */
export function countingEngine(): Option {
  return new Option(
    '--engine <name>',
    'what counts the accuracy of spiking networks: tfjs, or the event engine, which is faster',
  )
    .choices(['tfjs', 'event'] satisfies readonly EngineName[])
    .default('tfjs');
}

/** @throws naming options that do not go together. */
export function assertEngineApplies({ engine, precision, correctBias, threads }: EngineOptions): void {
  if (correctBias === true && precision !== 'int8') throw new Error('--correct-bias goes with --precision int8.');
  if (engine === 'tfjs' && precision === 'int8') {
    throw new Error('--precision int8 is for the event engine; leave --engine away, or give --engine event.');
  }
  if (engine === 'tfjs' && threads > 1) throw new Error('--threads is for the event engine; tfjs has one thread.');
}

/**
 * Starts the engine that the options choose, and says where it is not the one that was looked for.
 *
 * @param openTraining opens training images to record means on; called for `--correct-bias` alone
 * @throws {NetworkError} naming the nodes and neurons that have no kernel, where nothing else may take over.
 */
export async function startEngine(
  network: Network,
  { engine, precision, correctBias, threads }: EngineOptions,
  steps: number,
  openTraining: () => Promise<Images>,
  output: CommandOutput,
): Promise<ChosenEngine> {
  const isWhole = isIntegerNetwork(network);
  if (isWhole && precision === 'float32') {
    throw new Error('This network is one in whole numbers already; leave --precision away.');
  }
  const toWholeNumbers = async (given: Network): Promise<Network> => {
    if (isWhole) return given;
    if (correctBias !== true) return toInteger(given).network;
    const images = await openTraining();
    try {
      return (await correctedInteger(given, { images, steps })).network;
    } finally {
      await images.source.close();
    }
  };
  const wanted = precision ?? (isWhole ? 'int8' : 'float32');
  const chosen = await chooseEngine(network, engine, wanted, { threads, toWholeNumbers });
  if (chosen.fallback !== undefined) {
    say(output, `note: simulating on tfjs, as the event engine has no kernel for all of it: ${chosen.fallback}`);
  }
  return chosen;
}
