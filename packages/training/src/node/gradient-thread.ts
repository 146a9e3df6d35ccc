import { Worker } from 'node:worker_threads';
import type { MicroBatch } from '../micro-batch.js';
import type { GradientReply, GradientTask, GradientThreadStart } from './gradient-protocol.js';

type Done = Extract<GradientReply, { readonly kind: 'done' }>;

/** One thread of a pool, with its own tensor backend and networks. It runs one task at a time. */
export interface GradientThread {
  take(task: GradientTask): Promise<Done>;
  stop(): Promise<void>;
}

/**
 * Starts a thread.
 *
 * @throws naming it, if it cannot do what it was started for.
 */
export async function startGradientThread(name: string, start: GradientThreadStart): Promise<GradientThread> {
  const module = new URL('./gradient-worker.js', import.meta.url);
  // Not the flags of this process: --input-type, for one, makes Node refuse the file.
  const worker = new Worker(module, { name, workerData: start, execArgv: [] });
  const answer = (): Promise<GradientReply> =>
    new Promise((settle, fail) => {
      const end = (act: () => void): void => {
        worker.off('message', received).off('error', failed).off('exit', exited);
        act();
      };
      const refuse = (message: string): void => end(() => fail(new Error(`${name}: ${message}`)));
      const received = (reply: GradientReply): void => {
        if (reply.kind === 'failed') refuse(reply.message);
        else end(() => settle(reply));
      };
      const failed = (error: Error): void => refuse(error.message);
      const exited = (code: number): void => refuse(`the thread ended with exit code ${code} before it had answered.`);
      worker.on('message', received).on('error', failed).on('exit', exited);
    });
  try {
    await answer();
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return {
    async take(task) {
      const coming = answer();
      const part = withOwnMemory(task.part);
      worker.postMessage({ ...task, part }, [part.images.buffer, part.labels.buffer]);
      const reply = await coming;
      if (reply.kind !== 'done') throw new Error(`${name}: it answered a task with '${reply.kind}'.`);
      return reply;
    },
    async stop() {
      await worker.terminate();
    },
  };
}

/** The micro-batch apart from its batch, whose memory it shares: a message would carry all of that. */
function withOwnMemory(part: MicroBatch) {
  return { ...part, images: new Float32Array(part.images), labels: new Int32Array(part.labels) };
}
