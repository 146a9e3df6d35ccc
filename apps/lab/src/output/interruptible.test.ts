import { Writable } from 'node:stream';
import { StoppedEarly } from '@rheobase/experiments/node';
import { describe, expect, it } from 'vitest';
import { exitCodeOf, interruptible } from './interruptible.js';

const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
const output = { results: silent, messages: silent };

/** Runs work that stops when it is told to, and tells it to by the listener of a signal. */
async function stoppedBy(
  name: 'SIGINT' | 'SIGTERM' | 'SIGHUP',
  ending: (signal: AbortSignal) => unknown,
): Promise<unknown> {
  const work = async (signal: AbortSignal): Promise<void> => {
    const listener = process.listeners(name).at(-1);
    listener?.(name);
    expect(signal.aborted).toBe(true);
    throw ending(signal);
  };
  return interruptible(output, work).catch((error: unknown) => error);
}

describe('interruptible', () => {
  it('tells by the exit code which signal stopped the work, as shells do', async () => {
    for (const [name, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      expect(exitCodeOf(await stoppedBy(name, () => new StoppedEarly('kept')))).toBe(code);
      expect(exitCodeOf(await stoppedBy(name, ({ reason }) => reason))).toBe(code);
    }
    expect(exitCodeOf(new Error('something else'))).toBe(1);
  });

  it('leaves signals as it found them', async () => {
    const before = process.listenerCount('SIGTERM');
    await interruptible(output, async () => undefined);
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });
});
