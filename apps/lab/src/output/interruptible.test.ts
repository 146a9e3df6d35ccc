import { Writable } from 'node:stream';
import { StoppedEarly } from '@rheobase/experiments/node';
import { describe, expect, it, vi } from 'vitest';
import { exitCodeOf, interruptible } from './interruptible.js';

const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
const output = { results: silent, messages: silent };

/** Runs work that stops when aborted, and aborts it by calling the listener of a signal. */
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

  it('still listens while the other listeners of the first signal run, which end the process if nobody else does', async () => {
    const before = process.listenerCount('SIGINT');
    let during = 0;
    const other = (): void => void (during = process.listenerCount('SIGINT'));
    await interruptible(output, async (signal) => {
      process.on('SIGINT', other);
      process.emit('SIGINT');
      expect(signal.aborted).toBe(true);
    });
    process.off('SIGINT', other);
    expect(during).toBe(before + 2);
  });

  it('ends the process at the second Ctrl-C, unless another process of the command started it', async () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    const connected = process.connected;
    const pressed = async (isChild: boolean): Promise<number> => {
      kill.mockClear();
      process.connected = isChild;
      const keep = (): void => undefined;
      process.on('SIGINT', keep);
      await interruptible(output, async () => {
        process.emit('SIGINT');
        expect(kill).not.toHaveBeenCalled();
        process.emit('SIGINT');
      });
      process.off('SIGINT', keep);
      return kill.mock.calls.length;
    };
    try {
      expect([await pressed(false), await pressed(true)]).toEqual([1, 0]);
      expect(kill).not.toHaveBeenCalled();
    } finally {
      process.connected = connected;
      kill.mockRestore();
    }
  });

  it('leaves signals as it found them', async () => {
    const before = process.listenerCount('SIGTERM');
    await interruptible(output, async () => undefined);
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });
});
