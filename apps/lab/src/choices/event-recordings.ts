import { defaultEventDatasets } from '@rheobase/datasets/node';
import { startTensorBackend } from '@rheobase/execution';
import type { Recordings } from '@rheobase/experiments';
import { chooseEngine, type Registries } from '@rheobase/experiments/node';
import { describeShape, inferShapes, isSpiking, sameShape } from '@rheobase/network';
import type { Command } from 'commander';
import { type CommandOutput, say, writeResult } from '../output/command-output.js';
import { percent } from '../output/figures.js';
import { progress } from '../output/progress.js';
import type { DatasetOptions } from './dataset-choice.js';
import type { ChosenNetwork } from './network-choice.js';
import { numberUpTo } from './option-values.js';
import { assertNoneSilent, silentBecause } from './silent-options.js';

/** How recordings of an event camera become frames, as options say. */
export interface EventsOptions {
  readonly binMs?: number;
}

const sets = defaultEventDatasets.names.join(', ');

/** Whether a data set holds recordings of an event camera. */
export function isEventsSet(dataset: string | undefined): dataset is string {
  return dataset !== undefined && defaultEventDatasets.has(dataset);
}

/** @throws if options for recordings were given with images. */
export function assertNoEventsOption({ binMs }: EventsOptions): void {
  if (binMs !== undefined) throw new Error(`--bin-ms is for --dataset ${sets}; omit it.`);
}

/** Adds the option for recordings of an event camera. */
export function withEventsOption(command: Command): Command {
  return command.option(
    '--bin-ms <milliseconds>',
    `with --dataset ${sets} (recordings of an event camera, for spiking networks): length of a frame, which is one time step (default: 1)`,
    numberUpTo(0, 10_000),
  );
}

/** Recordings that a spiking network is to be run on. */
export interface OpenRecordings extends Recordings {
  /** Name of the output that holds the scores. */
  readonly readOut: string;
  readonly binMs: number;
  /** What was asked for: a split, or all recordings. */
  readonly split: string;
}

/**
 * Opens the recordings that options choose, for a spiking network.
 *
 * @throws if the network is analog, takes other frames or has other classes, or the recordings cannot be read.
 */
export async function openRecordings(
  { network, label }: Pick<ChosenNetwork, 'network' | 'label'>,
  name: string,
  { dataDir, split, limit, binMs = 1 }: EventsOptions & Pick<DatasetOptions, 'dataDir' | 'split' | 'limit'>,
  used: Command,
): Promise<OpenRecordings> {
  assertNoneSilent(
    used,
    silentBecause('events are counted as they are', ['normalization', 'resize', 'crop', 'labels', 'batch']),
  );
  if (!isSpiking(network)) {
    throw new Error(
      `${label} is an analog network, and events of ${name} are for spiking ones. Give a network that was trained on events, such as a NIR file, or ` +
        'choose a set of images.',
    );
  }
  const { splits, open, origin } = defaultEventDatasets.get(name);
  if (dataDir === undefined) {
    const how = origin.kind === 'manual' ? ` To have them, ${origin.how}.` : '';
    throw new Error(`${name} needs files: give --data-dir, the folder that holds it.${how}`);
  }
  const part = splits.find((known) => known === split);
  if (split !== undefined && part === undefined) {
    throw new Error(
      `${name} has no split '${split}'; it has ${splits.join(', ')}. Without --split all recordings are used.`,
    );
  }
  const source = await open({ dataDir, split: part, binMs });
  const input = network.nodes.find((node) => node.op === 'input')?.shape ?? [];
  if (!sameShape(input, source.frameShape)) {
    throw new Error(
      `The network takes inputs ${describeShape(input)}, but the frames of ${name} are ${describeShape(source.frameShape)}.`,
    );
  }
  const readOut = network.nodes.find((node) => node.op === 'output')?.name ?? '';
  const given = inferShapes(network).get(readOut) ?? [];
  if (!sameShape(given, [source.classNames.length])) {
    throw new Error(`The network gives ${describeShape(given)}, but ${name} has ${source.classNames.length} classes.`);
  }
  const count = Math.min(limit ?? source.length, source.length);
  return { source, count, readOut, binMs, split: split ?? 'all' };
}

/**
 * The accuracy of a spiking network, as it is, on recordings of an event camera: a frame for each time step.
 *
 * @throws as `openRecordings` does.
 */
export async function evaluateEvents(
  given: ChosenNetwork,
  name: string,
  options: EventsOptions & DatasetOptions & { readonly json?: boolean },
  used: Command,
  registries: Registries,
  output: CommandOutput,
): Promise<void> {
  const { network, label } = given;
  const { source, count, readOut, binMs, split } = await openRecordings(given, name, options, used);
  await startTensorBackend();
  const { engine, fallback } = await chooseEngine(network, 'auto', 'float32', {
    threads: 1,
    registries,
  });
  if (fallback !== undefined) say(output, `note: simulating on tfjs: ${fallback}`);
  const bar = progress(output, label, count, 'recordings');
  const start = performance.now();
  let correct = 0;
  try {
    for (let index = 0; index < count; index += 1) {
      const batch = await source.read([index]);
      const { outputs } = await engine.simulate(batch, { steps: batch.frames });
      const scores = outputs.get(readOut)?.data.subarray(-source.classNames.length) ?? new Float32Array();
      const most = scores.reduce((greatest, score) => Math.max(greatest, score), -Infinity);
      if (scores.indexOf(most) === batch.labels[0]) correct += 1;
      bar.to(index + 1, percent(correct / (index + 1)));
    }
  } finally {
    bar.end();
    await engine.dispose();
  }
  const result = {
    accuracy: correct / count,
    images: count,
    imagesPerSecond: (1000 * count) / (performance.now() - start),
    network: label,
    weights: 'file',
    dataset: source.name,
    split,
    binMs,
    engine: engine.name,
  };
  writeResult(
    output,
    options,
    result,
    () =>
      `${label} on ${count} recordings of ${source.name}, frames of ${binMs} ms: ${percent(result.accuracy)} ` +
      `(${correct} of ${count}), ${result.imagesPerSecond.toFixed(1)} recordings/s`,
  );
}
