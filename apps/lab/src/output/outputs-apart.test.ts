import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { assertOutputsApart } from './outputs-apart.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-outputs-'));
  await mkdir(join(folder, 'run'));
  for (const name of ['a.safetensors', 'run/network.safetensors', 'run/result.json']) {
    await writeFile(join(folder, name), 'x');
  }
  await symlink('a.safetensors', join(folder, 'link'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function check(options: Readonly<Record<string, string>>, argument?: string): Promise<void> {
  const command = new Command()
    .argument('[run]')
    .option('--weights <file>')
    .option('--network <path>')
    .option('--out <file>')
    .option('--record <file>');
  const words = Object.entries(options).flatMap(([name, path]) => [`--${name}`, join(folder, path)]);
  command.parse([...words, ...(argument === undefined ? [] : [join(folder, argument)])], { from: 'user' });
  await assertOutputsApart(command);
}

it.each<[words: string, options: Readonly<Record<string, string>>]>([
  ['the file that it reads', { weights: 'a.safetensors', out: 'a.safetensors' }],
  ['the file that it reads through a link', { weights: 'link', out: 'a.safetensors' }],
  ['a network of the run that it reads', { network: 'run', out: 'run/network.safetensors' }],
])('refuses an output that would replace %s', async (_, options) => {
  await expect(check(options)).rejects.toThrow(/^--out .* would replace .* reads; give another name\.$/);
});

it('refuses an output that would replace an argument of the command, or another output', async () => {
  await expect(check({ out: 'run/result.json' }, 'run/result.json')).rejects.toThrow(/would replace the file that/);
  await expect(check({ out: 'new', record: 'new' })).rejects.toThrow(/--out .* and --record .* name the same file/);
});

it('allows an earlier output to be replaced, files beside what is read, and a name that another option has as well', async () => {
  await check({ weights: 'a.safetensors', out: 'b.safetensors', record: 'run/result.json' });
  await check({ network: 'run', out: 'run/report.html' });
  await check({ network: 'run', out: 'run' });
  await check({ weights: 'not there', out: 'not there' });
});
