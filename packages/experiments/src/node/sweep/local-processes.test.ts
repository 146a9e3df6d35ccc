import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { localProcesses } from './local-processes.js';
import type { Job, JobState } from './work-queue.js';

const program = fileURLToPath(new URL('./job.fixture.mjs', import.meta.url));
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-queue-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const job = (name: string): Job => ({ name, words: [name, folder] });
const queue = (atOnce = 2) => localProcesses({ program, atOnce, logs: folder, pauseMs: 0 });

describe('a queue of local processes', () => {
  it('does every job, begins one that crashed once again, tells of one that fails twice, and finishes the others', async () => {
    const states = new Map<string, JobState[]>();
    const outcomes = await queue().run(['bad', 'wordy', 'shaky', 'good', 'short'].map(job), {
      onState: ({ name }, state) => states.set(name, [...(states.get(name) ?? []), state]),
    });
    expect(outcomes).toEqual([
      { kind: 'failed', attempts: 2, reason: 'nothing works (exit code 3)', log: join(folder, 'bad.log') },
      {
        kind: 'failed',
        attempts: 2,
        reason: 'rheobase: the file is wrong: (exit code 1)',
        log: join(folder, 'wordy.log'),
      },
      { kind: 'finished', result: '{"accuracy":0.5}' },
      { kind: 'finished', result: '{"accuracy":1}' },
      { kind: 'finished', result: '{"accuracy":0}' },
    ]);
    const attempts = (name: string) =>
      new Set(states.get(name)?.flatMap((state) => (state.kind === 'running' ? [state.attempt] : [])));
    expect([attempts('bad').size, attempts('shaky').size, attempts('good').size]).toEqual([2, 2, 1]);
    expect(states.get('good')?.at(-1)?.kind).toBe('finished');
    expect(await readFile(join(folder, 'bad.log'), 'utf8')).toBe(
      'bad has started\nnothing works\nbad has started\nnothing works\n',
    );
  });

  it('runs at most that many at a time', async () => {
    let [running, most] = [0, 0];
    const names = ['good', 'short', 'good', 'short', 'good'];
    await queue(2).run(
      names.map((name, index) => ({ ...job(name), name: `${name}-${index}` })),
      {
        onState: (_, state) => {
          if (state.kind === 'running' && state.note === '') most = Math.max(most, ++running);
          if (state.kind === 'finished') running--;
        },
      },
    );
    expect(most).toBe(2);
  });

  it('stops what runs and begins nothing more when it is told to', async () => {
    const stop = new AbortController();
    const outcomes = await queue(1).run([job('long'), job('good')], {
      signal: stop.signal,
      onState: ({ name }, state) => {
        if (name === 'long' && state.kind === 'running' && state.note !== '') stop.abort();
      },
    });
    expect(outcomes).toEqual([{ kind: 'stopped' }, { kind: 'stopped' }]);
  });

  it('leaves no process behind when its own is killed', async () => {
    const host = spawn(
      process.execPath,
      [fileURLToPath(new URL('./queue-host.fixture.mjs', import.meta.url)), folder],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    host.stdout.once('data', () => host.kill('SIGKILL'));
    await vi.waitFor(() => expect(existsSync(join(folder, 'left'))).toBe(true), { timeout: 20_000 });
  });
});
