import { openNMnist } from '@rheobase/datasets/node';
import { startTensorBackend } from '@rheobase/execution';
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

/** The set of recordings of an event camera. */
export const eventsSet = 'nmnist';

/** Adds the option for recordings of an event camera. */
export function withEventsOption(command: Command): Command {
  return command.option(
    '--bin-ms <milliseconds>',
    `with --dataset ${eventsSet} (N-MNIST, for spiking networks): length of a frame, which is one time step (default: 1)`,
    numberUpTo(0, 10_000),
  );
}

/**
 * The accuracy of a spiking network, as it is, on recordings of an event camera: a frame for each time step.
 *
 * @throws if the network is analog or takes other frames, or the recordings cannot be read.
 */
export async function evaluateEvents(
  { network, label }: ChosenNetwork,
  options: EventsOptions & DatasetOptions & { readonly json?: boolean },
  used: Command,
  registries: Registries,
  output: CommandOutput,
): Promise<void> {
  const { dataDir, split, limit, binMs = 1 } = options;
  assertNoneSilent(
    used,
    silentBecause('events are counted as they are', ['normalization', 'resize', 'crop', 'labels', 'batch']),
  );
  if (!isSpiking(network)) {
    throw new Error(`${label} is an analog network, and events of ${eventsSet} are for spiking ones.`);
  }
  if (dataDir === undefined) throw new Error(`${eventsSet} needs files: give --data-dir, the folder that holds it.`);
  if (split !== undefined && split !== 'train' && split !== 'test') {
    throw new Error(
      `${eventsSet} has no split '${split}'; it has train, test. Without --split all recordings are used.`,
    );
  }
  const source = await openNMnist({ folder: dataDir, ...(split !== undefined && { split }), binMs });
  const input = network.nodes.find((node) => node.op === 'input')?.shape ?? [];
  if (!sameShape(input, source.frameShape)) {
    throw new Error(
      `The network takes inputs ${describeShape(input)}, but the frames of ${eventsSet} are ${describeShape(source.frameShape)}.`,
    );
  }
  const readOut = network.nodes.find((node) => node.op === 'output')?.name ?? '';
  const given = inferShapes(network).get(readOut) ?? [];
  if (!sameShape(given, [source.classNames.length])) {
    throw new Error(
      `The network gives ${describeShape(given)}, but ${eventsSet} has ${source.classNames.length} classes.`,
    );
  }
  await startTensorBackend();
  const { engine, fallback } = await chooseEngine(network, 'auto', 'float32', {
    threads: 1,
    registries,
  });
  if (fallback !== undefined) say(output, `note: simulating on tfjs: ${fallback}`);
  const count = Math.min(limit ?? source.length, source.length);
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
    split: split ?? 'all',
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
