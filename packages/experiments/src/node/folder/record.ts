import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { writeWholeFile } from '@rheobase/network/node';
import { version_core } from '@tensorflow/tfjs-core';
import { z } from 'zod';

/** SHA-256 of a file, in hexadecimal. */
export async function fileHash(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

const manifest = fileURLToPath(new URL('../../../package.json', import.meta.url));
const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(manifest, 'utf8')));

/** With what something was computed. */
export interface Versions {
  /** Of the repository, if there is one. */
  readonly commit: string;
  /** Of this package. */
  readonly experiments: string;
  readonly node: string;
  readonly tfjs: string;
  readonly platform: string;
}

export async function versions(): Promise<Versions> {
  const { platform, arch, version: node } = process;
  return { commit: await gitCommit(), experiments: version, node, tfjs: version_core, platform: `${platform} ${arch}` };
}

/** Where the code stands; `unknown` outside its repository. */
async function gitCommit(): Promise<string> {
  const git = promisify(execFile);
  try {
    // Installed as a package, it is in the repository of somebody else.
    await git('git', ['ls-files', '--error-unmatch', manifest], { cwd: import.meta.dirname });
    const { stdout } = await git('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname });
    const { stdout: changes } = await git('git', ['status', '--porcelain', '--untracked-files=no'], {
      cwd: import.meta.dirname,
    });
    return stdout.trim() + (changes === '' ? '' : ' with changes');
  } catch {
    return 'unknown';
  }
}

/** What a command found, with everything needed to find it again. */
export interface CommandRecord<Result extends object> {
  /** Such as `rheobase calibrate`. */
  readonly command: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly sha256: Readonly<Record<string, string>>;
  readonly versions: Versions;
  readonly processor: string;
  readonly result: Result;
  /** Of the network, and how pixels became its inputs, where the command left a run. */
  readonly model?: string;
  readonly normalization?: string;
}

/**
 * The record of a command: its options, hashes of what it read, and versions. Paths among the options are left out: the hashes say which
 * files they were.
 */
export async function commandRecordOf<Result extends object>(
  command: string,
  options: Readonly<Record<string, unknown>>,
  sha256: Readonly<Record<string, string>>,
  result: Result,
): Promise<CommandRecord<Result>> {
  const paths = ['weights', 'network', 'dataDir', 'calibrationFolder', 'out', 'record', 'picture', 'json', 'resume'];
  return {
    command: `rheobase ${command}`,
    options: Object.fromEntries(Object.entries(options).filter(([name]) => !paths.includes(name))),
    sha256,
    versions: await versions(),
    processor: cpus()[0]?.model ?? 'unknown',
    result,
  };
}

/** Writes a {@link commandRecordOf} to a file. */
export async function writeRecord(path: string, ...given: Parameters<typeof commandRecordOf>): Promise<void> {
  await writeWholeFile(path, `${JSON.stringify(await commandRecordOf(...given), undefined, 1)}\n`);
}
