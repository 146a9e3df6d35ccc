import { loadavg } from 'node:os';
import type { SiteConversion } from '@rheobase/converter';
import { startTensorBackend } from '@rheobase/execution';
import type { Registry } from '@rheobase/network';
import { spikingForward } from '@rheobase/training';
import type { LayerShares } from './layer-shares.js';
import type { SparseMeasurement } from './measure-sparse-convolutions.js';
import { benchSparseKernels } from './sparse-kernel-bench.js';
import type { SpikingContender } from './spiking-training-bench.js';
import { benchSpikingTraining, sharesOf } from './spiking-training-bench.js';
import { spikingTrainers } from './spiking-training-task.js';
import { spikingAtRate } from './threshold-at-rate.js';
import type { Torch } from './torch-trainer.js';
import type { TrainingTask } from './training-task.js';
import { batchFor, networkOf } from './training-task.js';
import type { StepTimes } from './training-turns.js';

/** The training of a spiking network that is to be measured. */
export interface SpikingTrainingSession extends TrainingTask {
  /** T. */
  readonly steps: number;
  /** Spikes of a neuron and step in every layer. */
  readonly rate: number;
  readonly surrogate: string;
  readonly threads: number;
  readonly rounds: number;
  /** Densities at which each kernel is measured; absent: none is. */
  readonly densities?: readonly number[] | undefined;
  /** Absent where PyTorch is not asked for. */
  readonly torch?: Torch | undefined;
  readonly conversions: Registry<SiteConversion>;
  readonly onProgress: (part: 'steps' | 'kernels', done: number, total: number, note: string) => void;
}

type ByContender = Readonly<Partial<Record<SpikingContender, number>>>;

export interface SpikingTrainingResult {
  readonly model: string;
  /** T. */
  readonly steps: number;
  readonly batch: number;
  readonly threads: number;
  readonly surrogate: string;
  readonly imagesPerSecond: ByContender;
  /** `rheobase` over `dense`. */
  readonly ratio: number;
  /** `rheobase` over each other contender. */
  readonly ratioTo: ByContender;
  readonly medianImagesPerSecond: ByContender;
  readonly imagesPerCpuSecond: ByContender;
  readonly peakMegabytes: ByContender;
  /** What each convolution of spikes sees in a step. */
  readonly layers: readonly LayerShares[];
  /** The mean over them of the share of gradients that are not zero. */
  readonly gradientShare: number;
  /** Absent where none was measured. */
  readonly kernels?: readonly SparseMeasurement[];
  readonly torchVersion?: string;
  /** Why PyTorch is absent where it was asked for. */
  readonly torchAbsent?: string;
  readonly loadAverage: readonly number[];
}

/** Images by which thresholds are set. */
const rateImages = 16;
const kernelRounds = 5;

/** Times training steps of a spiking network through time on the same made-up images, whose every layer fires at one rate. */
export async function runSpikingTrainingSession(session: SpikingTrainingSession): Promise<SpikingTrainingResult> {
  const { model, batch: count, steps, rate, surrogate, threads, rounds, plugins, torch, conversions } = session;
  // Names a surrogate that does not exist before anything is measured.
  spikingForward({ steps, surrogate });
  const { network: source } = await networkOf(session);
  const batch = batchFor(source, count);
  const [, ...image] = batch.shape;
  const used = Math.min(count, rateImages);
  const images = { shape: [used, ...image], images: batch.images.subarray(0, (batch.images.length / count) * used) };
  await startTensorBackend();
  const spiking = spikingAtRate(source, images, { rate, steps }, conversions);
  const task = { spiking, source, batch, steps, surrogate, threads, plugins };
  const python = torch !== undefined && 'python' in torch ? torch.python : undefined;
  const turns = (spikingTrainers.length + (python === undefined ? 0 : 1)) * (rounds + 1);
  const times = await benchSpikingTraining(task, { rounds, python }, (done, note) =>
    session.onProgress('steps', done, turns, note),
  );
  const loadAverage = loadavg();
  const layers = await sharesOf(task);
  const kernels =
    session.densities &&
    (await benchSparseKernels(
      { network: spiking, images: steps * count, densities: session.densities, rounds: kernelRounds },
      (done, total, note) => session.onProgress('kernels', done, total, note),
    ));
  const of = (read: (own: StepTimes) => number): ByContender =>
    Object.fromEntries([...times].map(([name, own]) => [name, read(own)]));
  const speed = (name: SpikingContender): number => times.get(name)?.imagesPerSecond ?? Number.NaN;
  const others = [...times.keys()].filter((name) => name !== 'rheobase');
  return {
    model,
    steps,
    batch: count,
    threads,
    surrogate,
    imagesPerSecond: of((own) => own.imagesPerSecond),
    ratio: speed('rheobase') / speed('dense'),
    ratioTo: Object.fromEntries(others.map((name) => [name, speed('rheobase') / speed(name)])),
    medianImagesPerSecond: of((own) => own.medianImagesPerSecond),
    imagesPerCpuSecond: of((own) => own.imagesPerCpuSecond),
    peakMegabytes: of((own) => own.peakMegabytes),
    layers,
    gradientShare: layers.reduce((sum, { gradient }) => sum + gradient, 0) / layers.length,
    ...(kernels && { kernels }),
    ...(torch && ('version' in torch ? { torchVersion: torch.version } : { torchAbsent: torch.absent })),
    loadAverage,
  };
}
