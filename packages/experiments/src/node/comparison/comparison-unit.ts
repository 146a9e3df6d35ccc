import { defaultEnergyModels, firingStatistics } from '@rheobase/analysis';
import { countCorrect } from '@rheobase/execution';
import type { ConversionMethod, ConvertedNetwork, CountingProbe, GivenOptions } from '@rheobase/methods';
import type { LabelledBatch, Network } from '@rheobase/network';
import { z } from 'zod';
import { batchesOf, type Images } from '../../image-batches.js';
import type { Registries } from '../../registries.js';
import { summarize } from '../../spiking-summary.js';
import { chooseEngine } from '../stages/choose-engine.js';
import type { Experiment } from '../experiment/experiment-schema.js';
import { networkHash } from '../folder/run-folder.js';
import type { RunProgress } from '../runner/plan.js';

/** One conversion, and the T at which its network is looked at. */
export interface ComparisonUnit {
  /** In the table. */
  readonly name: string;
  readonly method: ConversionMethod;
  readonly options: GivenOptions;
  readonly seed: number;
  /** In ascending order; several where one conversion serves them. */
  readonly steps: readonly number[];
}

const timing = z.strictObject({
  /** Wall time, and time of all cores together, in seconds. */
  seconds: z.number(),
  cpuSeconds: z.number(),
});

/** What was measured of a unit. Fractions are 0…1; records are keyed by T. */
export const unitFigures = z.strictObject({
  /** Null where T passes before the method has an answer. */
  accuracyAt: z.record(z.string(), z.number().nullable()),
  /** What a spike is in its network; absent in runs from before tables said it. */
  spikes: z.enum(['binary', 'signed', 'several values', 'custom']).optional(),
  firingRateAt: z.record(z.string(), z.number()),
  sopsPerImageAt: z.record(z.string(), z.number()),
  energyRatioAt: z.record(z.string(), z.number()),
  stepsBefore: z.number(),
  latency: z.string(),
  engine: z.enum(['event', 'tfjs']),
  /** SHA-256 of the spiking network’s file. */
  network: z.string(),
  images: z.number(),
  conversion: timing,
  test: timing,
});

export type UnitFigures = z.output<typeof unitFigures>;

/** What all units are measured with. */
export interface UnitContext {
  /** Analog, folded, by what methods need. */
  readonly networks: Readonly<Record<'source' | 'quantized', Network>>;
  readonly images: { readonly calibration: LabelledBatch; readonly heldOut: LabelledBatch };
  readonly test: Images;
  readonly energy: Experiment['energy'];
  readonly threads: number;
  readonly registries: Registries;
  readonly signal?: AbortSignal | undefined;
  readonly report: (progress: Omit<RunProgress, 'task'>) => void;
}

/**
 * Converts, and measures on the test images.
 *
 * @throws what the signal was aborted with.
 */
export async function measureUnit(unit: ComparisonUnit, context: UnitContext): Promise<UnitFigures> {
  const { method, options, seed, steps } = unit;
  const { networks, images, registries, signal, report } = context;
  const most = Math.max(...steps);
  const conversion = stopwatch();
  const converted = await method.convert(
    { network: networks[method.needs.network], steps: most, images, seed, registries, signal, onProgress: report },
    options,
  );
  const converting = conversion();
  const testing = stopwatch();
  const { engine, summary } = await simulate(converted, most, context);
  const { stepsBefore, latency } = converted.procedure;
  const at = (record: Readonly<Record<string, number>>): Record<string, number> =>
    Object.fromEntries(steps.map((t) => [String(t), record[String(t)] ?? Number.NaN]));
  return {
    accuracyAt: Object.fromEntries(
      steps.map((t) => [String(t), t > stepsBefore ? (summary.accuracyAt[String(t)] ?? null) : null]),
    ),
    spikes: summary.spikes,
    firingRateAt: at(summary.firingRateAt),
    sopsPerImageAt: at(summary.sopsPerImageAt),
    energyRatioAt: at(summary.energyRatioAt),
    stepsBefore,
    latency,
    engine,
    network: networkHash(converted.network),
    images: summary.images,
    conversion: converting,
    test: testing(),
  };
}

async function simulate(
  { network, procedure }: ConvertedNetwork,
  steps: number,
  { test, energy, threads, registries, signal, report }: UnitContext,
) {
  const statistics = firingStatistics(network);
  const probes = statistics.probes.filter((probe): probe is CountingProbe =>
    ['events', 'firings'].includes(probe.kind),
  );
  const correctAt = Array.from({ length: steps }, () => 0);
  const start = performance.now();
  let seen = 0;
  const { engine: simulator } = await chooseEngine(network, 'auto', 'float32', { threads, registries });
  try {
    for await (const { images, shape, labels } of batchesOf(test, simulator)) {
      signal?.throwIfAborted();
      const result = await procedure.simulate(simulator, { images, shape }, { steps, probes });
      const [readOut] = result.outputs.values();
      if (readOut === undefined) throw new Error('The network has no output to read a class from.');
      const size = readOut.data.length / steps;
      for (let t = procedure.stepsBefore; t < steps; t++) {
        correctAt[t] = (correctAt[t] ?? 0) + countCorrect(readOut.data.subarray(t * size, (t + 1) * size), labels);
      }
      statistics.add(result, labels.length);
      seen += labels.length;
      report({
        done: seen,
        total: test.count,
        unit: 'images',
        note: `test ${((100 * (correctAt[steps - 1] ?? 0)) / seen).toFixed(1)} %`,
      });
    }
  } finally {
    await simulator.dispose();
  }
  const { model, firstLayer, readOut } = energy;
  const imagesPerSecond = (1000 * seen) / (performance.now() - start);
  const summary = summarize(
    network,
    { steps, images: seen, correctAt, firing: statistics.summary(), imagesPerSecond },
    { model: defaultEnergyModels.get(model), boundary: { firstLayer, readOut }, neurons: registries.neurons },
  );
  return { engine: simulator.name, summary };
}

/** @returns what passed since, on the wall and on the cores */
function stopwatch(): () => z.output<typeof timing> {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { seconds: (performance.now() - wall) / 1000, cpuSeconds: (user + system) / 1e6 };
  };
}
