import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtProgram, type Ended, rheobaseProcess } from '../command-line.fixture.js';

const tiny = `
paper: { title: none, reference: none }
table: tiny
description: every stage of the paper in seconds
data: { dataset: glyphs, normalization: unit, trainImages: 64, heldOut: 20, calibration: 16, earlyStopping: 8, testImages: 20 }
network:
  model: vgg-small
  options: { widths: [8, 8], convolutions: 1 }
  source: { kind: trained, threshold: 2, epochs: 1, rate: 0.05, weightDecay: 0, batch: 32, augment: none }
steps: [2]
method:
  kind: two-stage
  stageOne: { epochs: 1, rate: 0.01, weightDecay: 0, batch: 32, augment: none }
  stageTwo:
    bptt: { loss: mse, rate: 0.001, epochs: 1, patience: 1, batch: 16 }
budget: { minutes: 1, cores: 1 }
expected: null
reason: it is made up for a test
`;

let folder = '';
let file = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-robust-'));
  file = join(folder, 'tiny.yaml');
  await writeFile(file, tiny);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const reproduce = (out: string): Promise<Ended> =>
  rheobaseProcess('reproduce', file, '--deterministic', '--out', out, '--json');

/** The figures of a run: everything that does not depend on its time and speed. */
function figures(text: string): unknown {
  const { seconds: _, details: __, versions: ___, ...rest } = JSON.parse(text) as Record<string, unknown>;
  return rest;
}

/** A disk of 150 kB, or why there is none. */
async function smallDisk(path: string): Promise<{ readonly remove: () => Promise<void> } | string> {
  await mkdir(path, { recursive: true });
  const run = promisify(execFile);
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=150k', 'tmpfs', path]);
  } catch (error) {
    return `no small disk can be mounted here: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`;
  }
  return { remove: async () => void (await run('umount', [path])) };
}

// Most of these wait for a process and for its files to be flushed to disk.
describe('rheobase reproduce', { timeout: 300_000 }, () => {
  it('names file, line and the nearest field where one is misspelt', async () => {
    const slip = join(folder, 'slip.yaml');
    await writeFile(slip, tiny.replace('stageTwo:', 'stagetwo:'));
    const { code, messages } = await rheobaseProcess('reproduce', slip);
    expect(messages).toMatch(
      /slip\.yaml:14: method\.stagetwo: There is no field 'stagetwo'\. Did you mean 'stageTwo'\?/,
    );
    expect(code).toBe(1);
  });

  it('names the folder of data that is missing, and what belongs there', async () => {
    const nowhere = join(folder, 'nowhere');
    const { code, messages } = await rheobaseProcess(
      'reproduce',
      'two-stage/cifar10-vgg16',
      '--data-dir',
      nowhere,
      '--out',
      join(folder, 'no-data'),
    );
    expect(messages).toMatch(/nowhere.*cifar-10-batches-bin/);
    expect(messages).not.toMatch(/\n\s+at /);
    expect(code).toBe(1);
  });

  it('names the file of weights that is missing or damaged, before anything is trained', async () => {
    const weights = join(folder, 'weights.safetensors');
    const given = [
      'reproduce',
      'two-stage/cifar10-resnet20',
      '--smoke',
      '--out',
      join(folder, 'bad-weights'),
      '--weights',
    ];
    const missing = await rheobaseProcess(...given, weights);
    expect(missing.messages).toMatch(/The weights file '.*weights\.safetensors' cannot be read/);
    await writeFile(weights, Buffer.from([40, 0, 0, 0, 0, 0, 0, 0, 123, 34]));
    const damaged = await rheobaseProcess(...given, weights);
    expect(damaged.messages).toMatch(/weights\.safetensors/);
    expect(damaged.messages).not.toMatch(/held out, \d+ s\n/);
    expect(damaged.messages).not.toMatch(/\n\s+at /);
    expect([missing.code, damaged.code]).toEqual([1, 1]);
  });

  it('on a full disk says which file could not be written, and goes on from what it has when there is room', async (context) => {
    const path = join(folder, 'disk');
    const disk = await smallDisk(path);
    if (typeof disk === 'string') return context.skip(disk);
    try {
      const full = await reproduce(join(path, 'run'));
      expect(full.messages).toMatch(/disk\/run\/.*: .*cannot be written \(ENOSPC/);
      expect(full.messages).not.toMatch(/\n\s+at /);
      expect(full.code).toBe(1);
      const done = await readdir(join(path, 'run', 'stages'));
      expect(done).toContain('sourceUnfolded.json');
      await cp(join(path, 'run'), join(folder, 'roomy'), { recursive: true });
    } finally {
      await disk.remove();
    }
    const whole = await reproduce(join(folder, 'whole'));
    const roomy = await reproduce(join(folder, 'roomy'));
    expect([whole.code, roomy.code]).toEqual([0, 0]);
    expect(figures(roomy.results)).toEqual(figures(whole.results));
  });

  it('killed in the middle, is listed as stopped, says that it takes the folder over, and comes to the same result', async () => {
    const out = join(folder, 'killed');
    const child = spawn(process.execPath, [builtProgram, 'reproduce', file, '--deterministic', '--out', out], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.on('data', (text: Buffer) => {
      if (String(text).includes('converted:')) child.kill('SIGKILL');
    });
    await new Promise((resolve) => child.on('close', resolve));
    const listed = await rheobaseProcess('runs', folder);
    expect(listed.results).toMatch(
      /killed: it was stopped, and `rheobase reproduce --resume .*killed` resumes it; done: .*converted/,
    );

    const again = await rheobaseProcess('reproduce', '--resume', out, '--json');
    expect(again.messages).toMatch(
      new RegExp(`Process ${child.pid}, which held it, has exited: its stale lock is taken over`),
    );
    expect(again.code).toBe(0);
    const whole = await reproduce(join(folder, 'whole'));
    expect(figures(again.results)).toEqual(figures(whole.results));
    expect(figures(await readFile(join(out, 'result.json'), 'utf8'))).toEqual(figures(whole.results));
  });

  it('interrupted with Ctrl-C, ends with 130 and says how to resume; others say that it has not finished', async () => {
    const out = join(folder, 'interrupted');
    const child = spawn(process.execPath, [builtProgram, 'reproduce', file, '--deterministic', '--out', out], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let messages = '';
    child.stderr.on('data', (text: Buffer) => {
      messages += String(text);
      if (String(text).includes('training of the source network:')) child.kill('SIGINT');
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(messages).toMatch(/rheobase: Stopped early\. The same command resumes from .*interrupted/);
    expect(messages).toMatch(/rheobase reproduce --resume .*interrupted resumes it/);
    expect(code).toBe(130);
    for (const command of [['report'], ['analyze'], ['bench', 'inference', '--network']]) {
      const refused = await rheobaseProcess(...command, out);
      expect(refused.messages).toMatch(
        /interrupted: .*has not finished.*reproduce --resume .*interrupted` resumes it/i,
      );
      expect(refused.code).toBe(1);
    }
  });

  it('is resumed with its own settings: --resume refuses others, and a folder without a run', async () => {
    const out = join(folder, 'interrupted');
    const refused = async (...given: string[]): Promise<string> => {
      const { code, messages } = await rheobaseProcess('reproduce', ...given);
      expect(code).toBe(1);
      return messages;
    };
    expect(await refused('--resume', out, '--steps', '4')).toMatch(/omit --steps, or start another run/);
    expect(await refused(file, '--resume', out)).toMatch(/the experiment of .*interrupted: omit '.*tiny\.yaml'/);
    expect(await refused('--resume', join(folder, 'nowhere'))).toMatch(
      /nowhere.command\.json: there is no run to resume \(ENOENT: there is no such file or folder\)/,
    );
    expect(await refused()).toMatch(/No experiment was given/);
  });

  it('does not run where another process is at it', async () => {
    const out = join(folder, 'taken');
    const child = spawn(process.execPath, [builtProgram, 'reproduce', file, '--out', out], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await new Promise((resolve) =>
      child.stderr.on('data', (text: Buffer) => String(text).includes('held out') && resolve(undefined)),
    );
    // It must not finish before the second one checks.
    child.kill('SIGSTOP');
    const second = await rheobaseProcess('reproduce', file, '--out', out);
    child.kill('SIGKILL');
    expect(second.messages).toMatch(new RegExp(`taken is in use by process ${child.pid} on .*\\. Wait for it to end`));
    expect(second.code).toBe(1);
  });
});
