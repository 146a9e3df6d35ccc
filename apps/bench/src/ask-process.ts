import type { ChildProcess, Serializable } from 'node:child_process';
import { once } from 'node:events';

/** Sends a message to a process and waits for its answer; an end of the process before it is an error. */
export async function askProcess(child: ChildProcess, message: Serializable): Promise<unknown> {
  const stop = new AbortController();
  try {
    const answer = once(child, 'message', { signal: stop.signal });
    const end = once(child, 'exit', { signal: stop.signal }).then(([code]) => {
      throw new Error(`A process of the benchmark ended with code ${String(code)}; its message stands above.`);
    });
    child.send(message);
    const [reply] = (await Promise.race([answer, end])) as unknown[];
    return reply;
  } finally {
    stop.abort();
  }
}
