import { startTensorBackend } from '@rheobase/execution';
import { eventAccuracy, longestRecording, summarize } from '@rheobase/experiments';
import { fileHash, recordingsHash, type Registries, writeRecord } from '@rheobase/experiments/node';
import { isIntegerNetwork } from '@rheobase/network';
import type { Command } from 'commander';
import { type CommandOutput, writeResult } from '../output/command-output.js';
import { writePicture } from '../output/picture-file.js';
import { accuracyOn, progress } from '../output/progress.js';
import { describeSpiking } from '../output/spiking-table.js';
import { tablePicture } from '../output/table-picture.js';
import { countingOf, type CountingOptions } from './counting.js';
import type { DatasetOptions } from './dataset-choice.js';
import {
  type CorrectionOptions,
  describeEngine,
  type EngineOptions,
  simulatedBy,
  startEngine,
} from './engine-choice.js';
import { type EventsOptions, type OpenRecordings, openRecordings } from './event-recordings.js';
import { type ChosenNetwork, type NetworkOptions, parametersFile } from './network-choice.js';
import { recordedPlugins } from './plugin-choice.js';
import { assertStepsFit } from './steps-fit.js';

type Options = NetworkOptions &
  DatasetOptions &
  EventsOptions &
  CountingOptions &
  EngineOptions &
  CorrectionOptions & {
    readonly steps?: number;
    readonly picture?: string;
    readonly record?: string;
    readonly json?: boolean;
  };

/**
 * Simulates a spiking network, as it is, on recordings of an event camera: T time steps for each, by default as many as the longest has frames.
 *
 * @param name of the set
 * @throws as `openRecordings` does; and for integers, as the range of counts is not known.
 */
export async function simulateEvents(
  given: ChosenNetwork,
  name: string,
  options: Options,
  used: Command,
  registries: Registries,
  output: CommandOutput,
): Promise<void> {
  const { network, label } = given;
  if (options.precision === 'int8' && !isIntegerNetwork(network)) {
    throw new Error(
      `--precision int8 needs the range of inputs, and counts of events of ${name} have none. Omit it with this set.`,
    );
  }
  // The usual default holds for inputs that stay the same.
  const firstLayer = used.getOptionValueSource('firstLayer') === 'cli' ? options.firstLayer : 'every-step';
  if (firstLayer === 'once') {
    throw new Error(
      '--first-layer once is for inputs that stay the same, and frames of events change at every step. Omit it.',
    );
  }
  const recordings = await openRecordings(given, name, options, used);
  const { source, count, binMs, split } = recordings;
  const steps = options.steps ?? (await longest(recordings, output));
  assertStepsFit(network, steps);
  await startTensorBackend();
  const started = await startEngine(network, options, registries, output, () => {
    throw new Error(`Events of ${name} are not run with rounded weights.`);
  });
  const { engine } = started;
  const by = simulatedBy(started);
  const bar = progress(output, `${label}, T = ${steps}`, count, 'recordings');
  try {
    const { model, boundary } = countingOf(options);
    const counting = {
      ...(model && { model }),
      boundary: { ...boundary, firstLayer },
    };
    const summary = summarize(network, await eventAccuracy(engine, recordings, steps, accuracyOn(bar)), counting);
    bar.end();
    const result = {
      ...summary,
      ...by,
      network: label,
      weights: given.weights,
      dataset: source.name,
      split,
      binMs,
    };
    writeResult(output, options, result, () =>
      [
        describeSpiking(summary, undefined, 'recording'),
        `Frames of ${binMs} ms, one for each step: longer recordings are cut off after T = ${steps}, shorter ones followed by empty frames.`,
        describeEngine(by),
      ].join('\n'),
    );
    if (options.picture !== undefined) {
      const title = `${label} on ${source.name}, accuracy after T frames of ${binMs} ms`;
      await writePicture(options.picture, tablePicture(title, summary, undefined));
    }
    if (options.record !== undefined) {
      const file = await parametersFile(options);
      const hashes = {
        ...(file && { network: await fileHash(file) }),
        images: await recordingsHash(recordings),
        ...recordedPlugins(registries),
      };
      await writeRecord(options.record, 'simulate', { ...options, ...counting.boundary, binMs, steps }, hashes, result);
    }
  } finally {
    bar.end();
    await engine.dispose();
  }
}

/** The frames of the longest recording. */
async function longest(recordings: OpenRecordings, output: CommandOutput): Promise<number> {
  const bar = progress(output, 'longest recording', recordings.count, 'recordings');
  return longestRecording(recordings, (read) => bar.to(read)).finally(bar.end);
}
