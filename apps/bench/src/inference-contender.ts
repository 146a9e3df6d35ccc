import { ownValue } from '@rheobase/network';
// A process of its own for one contender of `rheobase bench inference`: it classifies its images whenever it is told to, and answers
// with what that took. Modules are loaded where they are needed, so that each process holds its own contender and nothing else.
import { readFile } from 'node:fs/promises';
import { registriesWith } from './registries-with.js';
import type { InferenceTask, ReadyMessage, TurnAnswer, TurnMessage } from './inference-task.js';
import { peakMegabytes } from './peak-memory.js';

/** Classifies the images once, over T steps where it simulates; gives logits. */
type Turn = (steps: number) => Promise<ArrayLike<number>>;

async function floatsOf(path: string): Promise<Float32Array> {
  const { buffer, byteOffset, byteLength } = await readFile(path);
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

async function eventTurn({ network: path, images, shape, threads, plugins }: InferenceTask): Promise<Turn> {
  const { readNetworkFile } = await import('@rheobase/network/node');
  const network = await readNetworkFile(path);
  const { neurons } = await registriesWith(plugins);
  const known = neurons === undefined ? {} : { neurons };
  const data = await floatsOf(images);
  const lastOf = (outputs: ReadonlyMap<string, { readonly data: Float32Array }>, steps: number): Float32Array => {
    const [readOut] = outputs.values();
    if (readOut === undefined) throw new Error('The network has no output.');
    return readOut.data.subarray((readOut.data.length / steps) * (steps - 1));
  };
  if (threads > 1) {
    const { eventEnginePool } = await import('@rheobase/event-engine/node');
    const pool = await eventEnginePool(network, { ...known, threads });
    return async (steps) => lastOf((await pool.simulate({ shape, images: data }, { steps })).outputs, steps);
  }
  const { eventEngine } = await import('@rheobase/event-engine');
  const engine = await eventEngine(network, known);
  return async (steps) => lastOf(engine.simulate({ shape, images: data }, { steps }).outputs, steps);
}

async function tensorTurn({ contender, network: path, images, shape, plugins }: InferenceTask): Promise<Turn> {
  const [{ bind, disposeResult, startTensorBackend }, { readNetworkFile }, { tensor }] = await Promise.all([
    import('@rheobase/execution'),
    import('@rheobase/network/node'),
    import('@tensorflow/tfjs-core'),
  ]);
  await startTensorBackend();
  const bound = bind(await readNetworkFile(path), await registriesWith(plugins));
  const data = await floatsOf(images);
  const once = <Result>(use: (input: ReturnType<typeof tensor>) => Result): Result => {
    const input = tensor(data, [...shape]);
    try {
      return use(input);
    } finally {
      input.dispose();
    }
  };
  if (contender === 'tfjs') {
    return async (steps) =>
      once((input) => {
        const [readOut] = bound.simulate(input, { steps }).outputs.values();
        if (readOut === undefined) throw new Error('The network has no output.');
        return readOut.data.subarray((readOut.data.length / steps) * (steps - 1));
      });
  }
  return async (passes) =>
    once((input) => {
      let logits: ArrayLike<number> = [];
      for (let pass = 0; pass < passes; pass++) {
        const result = bound.run(input);
        const [output] = result.outputs.values();
        logits = output?.dataSync() ?? [];
        disposeResult(result);
      }
      return logits;
    });
}

/** What is used of onnxruntime, in whose two packages it is the same. */
interface OnnxRuntime {
  readonly env: { readonly wasm: { numThreads?: number } };
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: { readonly intraOpNumThreads?: number; readonly executionProviders: readonly string[] },
    ): Promise<{
      readonly inputNames: readonly string[];
      readonly outputNames: readonly string[];
      run(feeds: Readonly<Record<string, object>>): Promise<Readonly<Record<string, { readonly data: Float32Array }>>>;
    }>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => object;
}

async function peerTurn({ contender, network, images, shape, threads, module }: InferenceTask): Promise<Turn> {
  if (module === undefined) throw new Error(`${contender}: there is no module of it.`);
  const loaded = (await import(module)) as OnnxRuntime & { readonly default?: OnnxRuntime };
  const runtime = loaded.default ?? loaded;
  const isWeb = contender === 'ann-onnxruntime-web';
  if (isWeb) runtime.env.wasm.numThreads = 1;
  const session = await runtime.InferenceSession.create(await readFile(network), {
    executionProviders: [isWeb ? 'wasm' : 'cpu'],
    ...(!isWeb && { intraOpNumThreads: threads }),
  });
  const data = await floatsOf(images);
  const [input = '', output = ''] = [session.inputNames[0], session.outputNames[0]];
  return async () => {
    const results = await session.run({ [input]: new runtime.Tensor('float32', data, shape) });
    return ownValue(results, output)?.data ?? [];
  };
}

function turnOf(task: InferenceTask): Promise<Turn> {
  switch (task.contender) {
    case 'event-float32':
    case 'event-int8':
      return eventTurn(task);
    case 'tfjs':
    case 'ann-tfjs-wasm':
      return tensorTurn(task);
    case 'ann-onnxruntime-web':
    case 'ann-onnxruntime-node':
      return peerTurn(task);
    case 'bare':
      return Promise.resolve(async () => []);
  }
}

let turn: Turn | undefined;
process.on('message', async (message: InferenceTask | TurnMessage) => {
  if ('contender' in message) {
    turn = await turnOf(message);
    process.send?.({ peakMegabytes: peakMegabytes() } satisfies ReadyMessage);
    return;
  }
  if (turn === undefined) throw new Error('A turn was asked for before the task.');
  const [start, before] = [performance.now(), process.cpuUsage()];
  const logits = await turn(message.steps);
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  const answer: TurnAnswer = {
    wallMs,
    cpuMs: (user + system) / 1000,
    peakMegabytes: peakMegabytes(),
    logits: Array.from(logits),
  };
  process.send?.(answer);
});
