import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CommandOutput, say } from './command-output.js';
import { withHeartbeat } from './heartbeat.js';
import { endBars, progress, taskBar } from './progress.js';

/** Streams that record what was written, with or without a terminal. */
function streams(isTTY: boolean): { readonly output: CommandOutput; readonly said: () => string } {
  let said = '';
  const stream = (): Writable =>
    new Writable({
      write(chunk, _encoding, done) {
        said += String(chunk);
        done();
      },
    });
  const messages = Object.assign(stream(), { isTTY, columns: 60 });
  return { output: { results: stream(), messages }, said: () => said };
}

/** Sequences that change the terminal's mode until undone: a hidden cursor, no wrapping, another screen. */
const modes = /\p{Cc}\[\?\d+[lh]/u;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  endBars();
  vi.useRealTimers();
});

describe('a bar on a terminal', () => {
  it('changes nothing about the terminal that would have to be changed back', () => {
    const { output, said } = streams(true);
    const bar = progress(output, 'training', 100, 'images');
    bar.to(40, 'loss 0.5');
    vi.advanceTimersByTime(500);
    expect(said()).toMatch(/training █+░+ 40\/100 images/);
    expect(said()).not.toMatch(modes);
    expect(
      Math.max(
        ...said()
          .split(/\p{Cc}(?:\[\w+)?/u)
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(64);
    bar.end();
    expect(said()).not.toMatch(modes);
  });

  it.each([true, false])('tells the time left by what this process did, not what a former one had done', (isTTY) => {
    const { output, said } = streams(isTTY);
    const bar = taskBar(output);
    const at = (done: number) => bar.to('training', { done, total: 100, unit: 'images', note: '' });
    at(40);
    vi.advanceTimersByTime(40_000);
    at(50);
    vi.advanceTimersByTime(1000);
    expect(said()).toMatch(isTTY ? /50\/100 images, 3 min left/ : /about 3 min left/);
  });

  it('tells no time left before anything is done', () => {
    const { output, said } = streams(true);
    progress(output, 'training', 100, 'images').to(0);
    vi.advanceTimersByTime(1000);
    expect(said()).toMatch(/0\/100 images/);
    expect(said()).not.toMatch(/left/);
  });

  it('stays on its line, whatever labels and remarks hold', () => {
    const { output, said } = streams(true);
    const bar = progress(output, 'a\u001b[2Jb\n{value}', 100, 'images');
    bar.to(1, 'c\u001b[31m\n');
    vi.advanceTimersByTime(500);
    expect(said()).toContain(String.raw`a\u001b[2Jb\u000a{value}`);
    expect(said()).not.toMatch(/\p{Cc}\[(2J|31m)|\n/u);
  });

  it('that a failed command leaves behind draws itself no longer', () => {
    const { output, said } = streams(true);
    progress(output, 'training', 100, 'images').to(1);
    endBars();
    const before = said();
    vi.advanceTimersByTime(60_000);
    expect(said()).toBe(before);
  });
});

describe('a command without a terminal', () => {
  it('says every half minute how far it is, and how long it may take', async () => {
    const { output, said } = streams(false);
    const work = async (): Promise<void> => {
      const bar = progress(output, 'convert', 10, 'sites');
      for (let site = 1; site <= 10; site++) {
        await new Promise((settle) => setTimeout(settle, 9000));
        bar.to(site, `conv${site}`);
      }
      bar.end();
    };
    const done = withHeartbeat(output, work);
    await vi.advanceTimersByTimeAsync(95_000);
    await done;
    expect(said()).toBe(
      'convert: 3/10 sites, about 70 s left (conv3)\nconvert: 6/10 sites, about 40 s left (conv6)\nconvert: 9/10 sites, about 10 s left (conv9)\n',
    );
  });

  it('says so too where the work keeps timers from running, and between tasks too short to be told of', () => {
    const { output, said } = streams(false);
    const bar = taskBar(output);
    for (let task = 1; task <= 10; task++) {
      vi.setSystemTime(0);
      bar.to(`site ${task}`, { done: 0, total: 2, unit: 'epochs', note: '' });
      vi.advanceTimersByTime(8000);
      bar.to(`site ${task}`, { done: 1, total: 2, unit: 'epochs', note: '' });
    }
    bar.end();
    expect(said().trimEnd().split('\n')).toEqual([
      'site 4: 1/2 epochs, about 8 s left',
      'site 8: 1/2 epochs, about 8 s left',
    ]);
  });

  it('says that it is at work where nothing tells how far it is, and is silent while others speak', async () => {
    const { output, said } = streams(false);
    const work = async (): Promise<void> => {
      await new Promise((settle) => setTimeout(settle, 35_000));
      for (let line = 1; line <= 3; line++) {
        await new Promise((settle) => setTimeout(settle, 20_000));
        say(output, `line ${line}`);
      }
    };
    const done = withHeartbeat(output, work);
    await vi.advanceTimersByTimeAsync(110_000);
    await done;
    expect(said()).toBe('still working, for 30 s\nline 1\nline 2\nline 3\n');
  });
});
