import { Writable } from 'node:stream';
import type { SweepCell } from '@rheobase/experiments/node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { say } from '../output/command-output.js';
import { type SweepOverview, sweepOverview } from './sweep-overview.js';

const cells = ['a', 'b', 'c'].map((name) => ({ name }) as SweepCell);
const [a, b, c] = cells as [SweepCell, SweepCell, SweepCell];
const finished = { kind: 'finished', result: '{}' } as const;
const running = (note: string) => ({ kind: 'running', attempt: 1, note }) as const;

/** What a terminal shows after these bytes, if nothing ever scrolls: enough of one for lines that are drawn again in their place. */
function screenOf(bytes: string): readonly string[] {
  const lines: string[] = [''];
  let [row, column] = [0, 0];
  const at = (): string => lines[row] ?? '';
  for (const [part, up] of bytes.matchAll(/\p{Cc}\[(?<up>\d*)[A-Z]|[^]/gu)) {
    if (part === '\n') [row, column] = [row + 1, 0];
    else if (part === '\u001b[0K' || part === '\u001b[K') lines[row] = at().slice(0, column);
    else if (part === '\u001b[2K') lines[row] = '';
    else if (part === '\u001b[0J') lines.splice(row, Infinity, at().slice(0, column));
    else if (part === '\u001b[1G') column = 0;
    else if (part.endsWith('A') && part.length > 1) row -= Number(up);
    else {
      lines[row] = at().slice(0, column).padEnd(column) + part + at().slice(column + 1);
      column += 1;
    }
    lines[row] ??= '';
  }
  return lines;
}

let [said, overview]: [string, SweepOverview | undefined] = ['', undefined];
function begin(isTTY: boolean, rows = 24): SweepOverview {
  said = '';
  const stream = (): Writable => new Writable({ write: (text, _, done) => ((said += String(text)), done()) });
  const messages = Object.assign(stream(), { isTTY, columns: 60, rows });
  return (overview = sweepOverview({ results: stream(), messages }, cells));
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  overview?.end();
  vi.useRealTimers();
});

describe('the overview of a sweep on a terminal', () => {
  it('has a bar, a line for each running cell, and above them what has ended and what was said', () => {
    const { show, output, end } = begin(true);
    show(a, running('training: 1/10'));
    show(b, running(''));
    vi.advanceTimersByTime(600);
    expect(screenOf(said)).toEqual([
      expect.stringMatching(/^runs ░+ 0\/3 done, 2 running$/),
      'a: training: 1/10',
      'b: started',
    ]);
    show(a, { kind: 'failed', attempts: 2, reason: 'x'.repeat(50) });
    show(b, running('stage I'));
    say(output, 'Interrupted.');
    show(c, running('on'));
    vi.advanceTimersByTime(600);
    expect(screenOf(said)).toEqual([
      `a: failed 2 times: ${'x'.repeat(50)}`,
      'Interrupted.',
      expect.stringMatching(/^runs █+░+ 1\/3 done, 2 running$/),
      'b: stage I',
      'c: on',
    ]);
    show(b, finished);
    show(c, { kind: 'stopped' });
    end();
    expect(screenOf(said)).toEqual([
      `a: failed 2 times: ${'x'.repeat(50)}`,
      'Interrupted.',
      'b: finished',
      'c: stopped',
      '',
    ]);
  });

  it('changes nothing about the terminal that would have to be changed back, and escapes what it would act on', () => {
    const { show, end } = begin(true);
    show(a, running('\u001b[2Jx\u001b[?25l'));
    vi.advanceTimersByTime(600);
    end();
    expect(said).toContain(String.raw`a: \u001b[2Jx`);
    expect(said).not.toMatch(/\p{Cc}\[(\?\d+[lh]|2J)/u);
  });

  it('has no more lines than the terminal', () => {
    const { show } = begin(true, 4);
    for (const cell of cells) show(cell, running('training'));
    vi.advanceTimersByTime(600);
    expect(screenOf(said)).toEqual([expect.stringMatching(/0\/3 done, 3 running$/), 'a: training', 'b: training']);
    show(a, finished);
    show(c, running('stage I'));
    vi.advanceTimersByTime(600);
    expect(screenOf(said).slice(-2)).toEqual(['b: training', 'c: stage I']);
  });
});

describe('the overview of a sweep without a terminal', () => {
  it('says when a cell begins and how it ends', () => {
    const { show } = begin(false);
    show(a, running(''));
    show(a, running('training'));
    show(a, finished);
    expect(said).toBe('a: started\na: finished\n');
  });
});
