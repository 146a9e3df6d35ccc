import { registerComposedKernels, registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import type { KernelConfig, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import {
  backend,
  getBackend,
  getKernel,
  getKernelsForBackend,
  randomNormal,
  ready,
  registerKernel,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { benchmarkCases, type KernelCase } from './kernel-cases.js';

/**
 * Whose kernel: `stock`, tfjs' own; `composed`, a composition of tfjs' operations; `plain` and `relaxed`, the two builds of the
 * training kernels, summing directly; `winograd`, the faster build as it is registered by default.
 */
export const kernelContenders = ['stock', 'composed', 'plain', 'relaxed', 'winograd'] as const;
export type KernelContender = (typeof kernelContenders)[number];

/** How fast each contender is, in billion operations a second; absent where it has no such kernel. */
export type Speeds = Readonly<Partial<Record<KernelContender, number>>>;

/** One kernel on one shape. */
export interface KernelMeasurement extends Pick<KernelCase, 'kernel' | 'shape' | 'operations'> {
  /** From the fastest round. */
  readonly gigaflops: Speeds;
  /** From the median round. */
  readonly medianGigaflops: Speeds;
}

export interface KernelBenchmarkOptions {
  /** Default: {@link benchmarkCases}. */
  readonly cases?: readonly KernelCase[];
  /** How often each contender is timed, after once to warm up; default: 15. */
  readonly rounds?: number;
  /**
   * After so long a contender takes no further turn at a kernel, once it has had three; default: 400. It bounds what a
   * slow contender costs.
   */
  readonly milliseconds?: number;
  /** Called after each kernel. */
  readonly onMeasurement?: (measurement: KernelMeasurement, done: number, total: number) => void;
}

// Short enough to fit between two interruptions by others, long enough for the clock.
const roundMilliseconds = 8;
const fewestRounds = 3;

function free(result: TensorInfo | TensorInfo[]): void {
  for (const tensor of Array.isArray(result) ? result : [result]) {
    // A kernel gives bare values; one composed of operations gives a tensor that tfjs keeps count of.
    if ('dispose' in tensor) (tensor as Tensor).dispose();
    else backend().disposeData(tensor.dataId);
  }
}

type Kernels = ReadonlyMap<string, KernelConfig>;

const registered = (): Kernels =>
  new Map(getKernelsForBackend('wasm').map((kernel) => [kernel.kernelName, kernel] as const));

/** Leaves the backend with these kernels and no others. */
function restore(kernels: Kernels): void {
  for (const name of registered().keys()) unregisterKernel(name, 'wasm');
  for (const kernel of kernels.values()) registerKernel(kernel);
}

/**
 * Everyone's kernels, each as its registration puts it in place. The backend keeps tfjs' own, which compositions call.
 */
async function everyonesKernels(): Promise<ReadonlyMap<KernelContender, Kernels>> {
  const stock = registered();
  try {
    registerComposedKernels();
    const composed = registered();
    // The training kernels hand some calls on to what was registered before them.
    restore(stock);
    await registerTrainingKernels({ deterministic: true, winograd: false });
    const plain = registered();
    const found = new Map<KernelContender, Kernels>([
      ['stock', stock],
      ['composed', composed],
      ['plain', plain],
    ]);
    if ((await registerTrainingKernels({ winograd: false })) === 'relaxed') found.set('relaxed', registered());
    await registerTrainingKernels();
    found.set('winograd', registered());
    return found;
  } finally {
    restore(stock);
  }
}

/** Everyone who has a kernel of that name: where registering changed nothing, it is the one before. */
function contendersFor(
  name: string,
  everyone: ReadonlyMap<KernelContender, Kernels>,
): ReadonlyMap<KernelContender, KernelConfig> {
  const contenders = new Map<KernelContender, KernelConfig>();
  for (const [contender, kernels] of everyone) {
    // Only full convolutions know Winograd's algorithm; depthwise ones are named Conv2d.
    if (contender === 'winograd' && !name.includes('Conv2D')) continue;
    const kernel = kernels.get(name);
    if (kernel !== undefined && ![...contenders.values()].includes(kernel)) contenders.set(contender, kernel);
  }
  if (contenders.size === 0) throw new Error(`Neither tfjs nor this project has a kernel named "${name}".`);
  return contenders;
}

/** Seconds a call takes, over one round of calls. */
function timeRound({ kernelFunc }: KernelConfig, inputs: Record<string, Tensor>, { attributes }: KernelCase): number {
  const start = performance.now();
  let calls = 0;
  let milliseconds = 0;
  do {
    free(kernelFunc({ inputs, backend: backend(), attrs: attributes }));
    calls += 1;
    milliseconds = performance.now() - start;
  } while (milliseconds < roundMilliseconds);
  return milliseconds / 1000 / calls;
}

function measure(
  given: KernelCase,
  everyone: ReadonlyMap<KernelContender, Kernels>,
  rounds: number,
  milliseconds: number,
): KernelMeasurement {
  const inputs = Object.fromEntries(
    Object.entries(given.inputs).map(([name, shape], i) => [name, randomNormal([...shape], 0, 1, 'float32', i + 1)]),
  );
  const turns = [...contendersFor(given.kernel, everyone)].map(([contender, kernel]) => ({
    contender,
    kernel,
    seconds: [] as number[],
    spent: 0,
  }));
  try {
    for (const { kernel } of turns) timeRound(kernel, inputs, given);
    for (let round = 0; round < rounds; round++) {
      for (const turn of turns) {
        if (round >= fewestRounds && turn.spent > milliseconds) continue;
        const start = performance.now();
        turn.seconds.push(timeRound(turn.kernel, inputs, given));
        turn.spent += performance.now() - start;
      }
    }
  } finally {
    for (const tensor of Object.values(inputs)) tensor.dispose();
  }
  const speeds = (place: (count: number) => number): Speeds =>
    Object.fromEntries(
      turns.map(({ contender, seconds }) => {
        const sorted = seconds.toSorted((a, b) => a - b);
        return [contender, given.operations / (sorted[place(sorted.length)] ?? Number.NaN) / 1e9];
      }),
    );
  const { kernel, shape, operations } = given;
  return {
    kernel,
    shape,
    operations,
    gigaflops: speeds(() => 0),
    medianGigaflops: speeds((count) => Math.floor(count / 2)),
  };
}

/**
 * Measures the convolution and product kernels against tfjs' own, in turns, in this process, which must not have
 * registered the training kernels yet (tfjs' own could not be found any more). The wasm backend must be current.
 *
 * @throws if another backend is current, the kernels have been registered, or a case names a kernel that nobody has.
 */
export async function measureKernels({
  cases = benchmarkCases,
  rounds = 15,
  milliseconds = 400,
  onMeasurement,
}: KernelBenchmarkOptions = {}): Promise<readonly KernelMeasurement[]> {
  await ready();
  if (getBackend() !== 'wasm') throw new Error(`The kernels need the wasm backend; "${getBackend()}" is current.`);
  if (getKernel('RheobaseGroupedConv2D', 'wasm') != null) {
    throw new Error('The training kernels are already registered: measure in a process that has not registered them.');
  }
  const everyone = await everyonesKernels();
  return cases.map((given, i) => {
    const measurement = measure(given, everyone, rounds, milliseconds);
    onMeasurement?.(measurement, i + 1, cases.length);
    return measurement;
  });
}
