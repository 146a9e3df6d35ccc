import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { firingStatistics, operationsAt } from '@rheobase/analysis';
import { toInteger } from '@rheobase/converter';
import { eventEngine } from '@rheobase/event-engine';
import { predictions } from '@rheobase/execution';
import { boundByInputs } from '@rheobase/experiments';
import { writeOnnxFile } from '@rheobase/interop/node';
import { type ImageBatch, type Network, NetworkError } from '@rheobase/network';
import { writeNetworkFile } from '@rheobase/network/node';
import type { Contestant, ContenderFigures } from './inference-bench.js';
import { benchInference } from './inference-bench.js';
import type { BenchedNetworks } from './inference-networks.js';
import type { InferenceContender, InferenceTask } from './inference-task.js';
import { passesOf, sourceContenders, spikingContenders } from './inference-task.js';
import type { Peer } from './peers.js';

type ByContender<Value = number> = Readonly<Partial<Record<InferenceContender, Value>>>;

/** What was measured at one T, with one number of threads. */
export interface InferenceResult {
  readonly network: string;
  /** T. */
  readonly steps: number;
  readonly threads: number;
  /** Images of a turn. */
  readonly batch: number;
  /** By contender, from its fastest turn; `ann-tfjs-wasm` takes T passes for an image. */
  readonly imagesPerSecond: ByContender;
  readonly medianImagesPerSecond: ByContender;
  readonly imagesPerCpuSecond: ByContender;
  /** Passes of the source network that a contender takes for an image. */
  readonly passes: ByContender;
  /** Contenders that could not take part, and why. */
  readonly absent: ByContender<string>;
  /** How many times the speed of T passes of stock tfjs-wasm, by wall time and by CPU time. */
  readonly timesDensePasses: ByContender;
  readonly timesDensePassesCpu: ByContender;
  /** Share of the images put into the class that the same network gets in float32 on tfjs. */
  readonly agreement: ByContender;
  /** Spikes of a neuron and step, of all neurons and by layer. */
  readonly firingRate: number;
  readonly firingRates: Readonly<Record<string, number>>;
  readonly sopsPerImage: number;
  /** Of a process at the end, whatever T it ran; `bare` is one that does nothing. */
  readonly peakMegabytes: Readonly<Record<string, number>>;
  readonly loadAverage: readonly number[];
}

export interface InferenceSession {
  readonly networks: BenchedNetworks;
  readonly images: ImageBatch;
  readonly steps: readonly number[];
  readonly threads: number;
  readonly rounds: number;
  /** Absent ones too; none where no peers are wanted. */
  readonly peers: readonly Peer[];
  readonly onTurn: (turns: number, total: number, note: string) => void;
}

/** Times everyone on the same network and images, with one number of threads. */
export async function runInferenceSession(session: InferenceSession): Promise<readonly InferenceResult[]> {
  const { networks, images, steps, threads, rounds, peers, onTurn } = session;
  const folder = await mkdtemp(join(tmpdir(), 'rheobase-bench-'));
  try {
    const { contestants, integerProblem } = await prepare(folder, session);
    const total = contestants.length * steps.length * (rounds + 1);
    const figures = await benchInference(contestants, steps, rounds, (turns, note) => onTurn(turns, total, note));
    const loadAverage = loadavg();
    const absent = {
      ...Object.fromEntries(
        peers.flatMap((peer) => ('absent' in peer ? [[peer.contender, peer.absent] as const] : [])),
      ),
      ...(integerProblem !== undefined && { 'event-int8': integerProblem }),
    };
    const results: InferenceResult[] = [];
    for (const T of steps) {
      const at = figures.at.get(T) ?? new Map<InferenceContender, ContenderFigures>();
      const of = (read: (own: ContenderFigures, contender: InferenceContender) => number | undefined) =>
        Object.fromEntries([...at].flatMap(([name, own]) => entry(name, read(own, name))));
      const dense = at.get('ann-tfjs-wasm');
      results.push({
        network: networks.label,
        steps: T,
        threads,
        batch: images.shape[0] ?? 0,
        imagesPerSecond: of((own) => own.imagesPerSecond),
        medianImagesPerSecond: of((own) => own.medianImagesPerSecond),
        imagesPerCpuSecond: of((own) => own.imagesPerCpuSecond),
        passes: of((_, name) => passesOf(name, T)),
        absent,
        timesDensePasses: of(({ imagesPerSecond }) => imagesPerSecond / (dense?.imagesPerSecond ?? Number.NaN)),
        timesDensePassesCpu: of(
          ({ imagesPerCpuSecond }) => imagesPerCpuSecond / (dense?.imagesPerCpuSecond ?? Number.NaN),
        ),
        agreement: agreementOf(at, images.shape[0] ?? 0),
        ...(await firingOf(networks, images, T)),
        peakMegabytes: Object.fromEntries(figures.peakMegabytes),
        loadAverage,
      });
    }
    return results;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const entry = (name: string, value: number | undefined): readonly (readonly [string, number])[] =>
  value === undefined ? [] : [[name, value]];

/** Who takes part, and why the network in integers does not where it cannot be made, as of many NIR files. */
interface Prepared {
  readonly contestants: readonly Contestant[];
  readonly integerProblem: string | undefined;
}

/** Writes networks and images where the contenders' processes find them. */
async function prepare(folder: string, { networks, images, threads, peers }: InferenceSession): Promise<Prepared> {
  const file = (name: string): string => join(folder, name);
  const { spiking, source, registries } = networks;
  const plugins = registries.plugins.map(({ file: plugin }) => plugin);
  const { images: data, shape } = images;
  const [count = 0, height = 0, width = 0, channels = 0] = shape;
  await writeNetworkFile(file('spiking.safetensors'), spiking);
  const integer = inIntegers(networks, data);
  if (typeof integer !== 'string') await writeNetworkFile(file('integer.safetensors'), integer);
  await writeNetworkFile(file('source.safetensors'), source);
  await writeFile(file('images.bin'), bytesOf(data));
  const own = { images: file('images.bin'), shape, plugins };
  const alone = (task: Omit<InferenceTask, 'threads'>): readonly InferenceTask[] =>
    Array.from({ length: threads }, () => ({ ...task, threads: 1 }));
  const contestants: Contestant[] = [
    {
      contender: 'event-float32',
      tasks: [{ contender: 'event-float32', network: file('spiking.safetensors'), ...own, threads }],
    },
    ...(typeof integer === 'string'
      ? []
      : [
          {
            contender: 'event-int8' as const,
            tasks: [{ contender: 'event-int8' as const, network: file('integer.safetensors'), ...own, threads }],
          },
        ]),
    { contender: 'tfjs', tasks: alone({ contender: 'tfjs', network: file('spiking.safetensors'), ...own }) },
    {
      contender: 'ann-tfjs-wasm',
      tasks: alone({ contender: 'ann-tfjs-wasm', network: file('source.safetensors'), ...own }),
    },
  ];
  const prepared = { contestants, integerProblem: typeof integer === 'string' ? integer : undefined };
  if (peers.length === 0) return prepared;
  await writeOnnxFile(file('source.onnx'), source, { layout: 'NCHW' });
  await writeFile(file('channels-first.bin'), bytesOf(channelsFirst(data, height * width, channels)));
  const given = {
    network: file('source.onnx'),
    images: file('channels-first.bin'),
    shape: [count, channels, height, width],
    plugins,
  };
  for (const peer of peers) {
    if ('absent' in peer) continue;
    const { contender } = peer;
    const task = { contender, module: peer.module, ...given };
    contestants.push({
      contender,
      tasks: contender === 'ann-onnxruntime-node' ? [{ ...task, threads }] : alone(task),
    });
  }
  return prepared;
}

/** The network in integers, or why there is none. */
function inIntegers({ spiking, registries }: BenchedNetworks, data: Float32Array): Network | string {
  try {
    return toInteger(spiking, { inputMaximum: boundByInputs(data), neurons: registries.neurons }).network;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    return `it cannot be rewritten with integers: ${error.message.replaceAll('\n', '; ')}`;
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** `[N, pixels, C]` as `[N, C, pixels]`. */
function channelsFirst(data: Float32Array, pixels: number, channels: number): Float32Array {
  const size = pixels * channels;
  return data.map((_, i) => {
    const [image, rest] = [Math.floor(i / size), i % size];
    return data[image * size + (rest % pixels) * channels + Math.floor(rest / pixels)] ?? 0;
  });
}

/** Each contender against the one that computes the same in float32 on tfjs. */
function agreementOf(at: ReadonlyMap<InferenceContender, ContenderFigures>, images: number): ByContender {
  const classesOf = (name: InferenceContender): Int32Array | undefined => {
    const logits = at.get(name)?.logits;
    return logits && predictions(logits, logits.length / images);
  };
  const compare = (names: readonly InferenceContender[], reference: InferenceContender) => {
    const expected = classesOf(reference);
    return names.flatMap((name) => {
      const own = classesOf(name);
      if (own === undefined || expected === undefined) return [];
      return [[name, own.filter((k, i) => k === expected[i]).length / own.length] as const];
    });
  };
  return Object.fromEntries([...compare(spikingContenders, 'tfjs'), ...compare(sourceContenders, 'ann-tfjs-wasm')]);
}

/** How much the network fires on the images, over T steps. */
async function firingOf(
  { spiking, registries }: BenchedNetworks,
  { images: data, shape }: ImageBatch,
  steps: number,
): Promise<Pick<InferenceResult, 'firingRate' | 'firingRates' | 'sopsPerImage'>> {
  const engine = await eventEngine(spiking, { neurons: registries.neurons });
  const statistics = firingStatistics(spiking);
  statistics.add(engine.simulate({ shape, images: data }, { steps, probes: statistics.probes }), shape[0] ?? 0);
  const { rate, layers, operations } = statistics.summary();
  const { hidden, readOut } = operationsAt(operations, steps);
  return {
    firingRate: rate[steps - 1] ?? 0,
    firingRates: Object.fromEntries(layers.map((layer) => [layer.node, layer.rate[steps - 1] ?? 0])),
    sopsPerImage: hidden + readOut,
  };
}
