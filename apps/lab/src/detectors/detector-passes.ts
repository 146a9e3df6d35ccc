import type { ApProtocol } from '@rheobase/detection';
import { bind } from '@rheobase/execution';
import {
  analogDetections,
  type BoxImages,
  type Counting,
  doublingSteps,
  spikingDetections,
  type SpikingDetectionSummary,
  summarizeDetections,
} from '@rheobase/experiments';
import type { Registries } from '@rheobase/experiments/node';
import type { Network } from '@rheobase/network';
import type { CommandOutput } from '../output/command-output.js';
import type { ChosenDetector } from './detector-choice.js';
import type { SpikingDetector } from './detector-networks.js';
import {
  type EngineOptions,
  roundedFor,
  type SimulatedBy,
  simulatedBy,
  startEngine,
} from '../choices/engine-choice.js';
import { progress } from '../output/progress.js';

/** Detections of an analog detector in images, with the true objects. */
export async function analogPass(
  network: Network,
  { label, detector }: ChosenDetector,
  images: BoxImages,
  registries: Registries,
  output: CommandOutput,
): ReturnType<typeof analogDetections> {
  const bound = bind(network, registries);
  const bar = progress(output, label, images.count, 'images');
  try {
    return await analogDetections(bound, detector, images, { onBatch: (count) => bar.to(count) });
  } finally {
    bar.end();
    bound.dispose();
  }
}

/** Results of a spiking detector, and its engine. */
export interface SpikingPass {
  readonly summary: SpikingDetectionSummary;
  readonly by: SimulatedBy;
}

/** Simulates a spiking detector on images, with distances from the analog network's maps if there is one. */
export async function spikingPass(
  { analog, spiking: { network, steps } }: { readonly analog?: Network | undefined; readonly spiking: SpikingDetector },
  { label, detector }: ChosenDetector,
  images: BoxImages,
  { protocol, counting, ...options }: EngineOptions & { readonly protocol: ApProtocol; readonly counting: Counting },
  registries: Registries,
  output: CommandOutput,
): Promise<SpikingPass> {
  const started = await startEngine(network, options, registries, output, roundedFor(images.normalization, registries));
  const { engine } = started;
  const reference = analog && bind(analog, registries);
  const bar = progress(output, `${label}, T = ${steps}`, images.count, 'images');
  try {
    const done = await spikingDetections(engine, detector, images, {
      steps,
      readAt: doublingSteps(steps),
      ...(reference && { reference }),
      onBatch: (count) => bar.to(count),
    });
    const summary = summarizeDetections(network, done, { protocol, classes: detector.spec.classes, counting });
    return { summary, by: simulatedBy(started) };
  } finally {
    bar.end();
    reference?.dispose();
    await engine.dispose();
  }
}
