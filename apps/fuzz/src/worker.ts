import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { foreignError, type FuzzTarget } from '@rheobase/testing/fuzz';
import { inputGenerator } from './input-generator.js';
import type { FuzzReply, FuzzTask, FuzzWorkerStart } from './protocol.js';
import type { openTarget } from './targets/all-targets.js';

const { progress, folder, targets, limits } = workerData as FuzzWorkerStart;
const module = (await import(targets)) as { readonly openTarget: typeof openTarget };
const index = new Int32Array(progress);
const opened = new Map<string, Promise<FuzzTarget>>();

function targetOf(name: string): Promise<FuzzTarget> {
  const found = opened.get(name) ?? module.openTarget(name);
  opened.set(name, found);
  return found;
}

const megabytesUsed = (): number => process.memoryUsage.rss() / 2 ** 20;
const peakMegabytes = (): number => process.resourceUsage().maxRSS / 2 ** 10;

/** Why an input is a failure; undefined if it is none. */
async function reasonOf(target: FuzzTarget, input: Uint8Array): Promise<string | undefined> {
  const file = join(folder, `input${target.extension}`);
  if (target.onDisk) writeFileSync(file, input);
  const [before, peakBefore] = [megabytesUsed(), peakMegabytes()];
  try {
    await target.run(input, file);
  } catch (error) {
    const reason = foreignError(error, target.named);
    if (reason !== undefined) return reason;
  }
  const peak = peakMegabytes();
  return peak > peakBefore && peak - before > limits.megabytes
    ? `memory: ${Math.round(peak - before)} MB for an input of ${input.length} bytes`
    : undefined;
}

async function perform(task: FuzzTask): Promise<void> {
  const target = await targetOf(task.target);
  const [from, count] = task.kind === 'given' ? [0, 1] : [task.from, task.count];
  for (let i = from; i < from + count; i += 1) {
    Atomics.store(index, 0, i);
    const input = task.kind === 'given' ? task.input : target.generate(inputGenerator(task.seed, i));
    const reason = await reasonOf(target, input);
    if (reason !== undefined) reply({ kind: 'failure', index: i, reason });
  }
  Atomics.store(index, 0, -1);
  reply({ kind: 'done' });
}

function reply(message: FuzzReply): void {
  parentPort?.postMessage(message, []);
}

// A promise that nobody waits for and that fails is the fault of the input under way.
process.on('unhandledRejection', (error) => {
  reply({
    kind: 'failure',
    index: Atomics.load(index, 0),
    reason: `nobody waited for a promise that failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  });
});

// What fails outside an input's run, such as a target that cannot be opened, ends the thread, so that its watcher is notified.
parentPort?.on('message', (task: FuzzTask) => {
  perform(task).catch((error: unknown) =>
    setImmediate(() => {
      throw error;
    }),
  );
});
