import { realpath, stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import type { Command } from 'commander';

/** The options that name a file to write. */
const outputNames: ReadonlySet<string> = new Set(['out', 'output', 'record', 'picture']);

interface Named {
  /** As the user wrote it: `--out net.safetensors`. */
  readonly words: string;
  readonly path: string;
}

/**
 * Refuses a command whose output would replace one of its inputs or another output. Called before any work.
 *
 * @throws naming both options.
 */
export async function assertOutputsApart(command: Command): Promise<void> {
  const { inputs, outputs } = await filesOf(command);
  for (const [index, output] of outputs.entries()) {
    const twin = outputs.slice(0, index).find(({ path }) => path === output.path);
    if (twin !== undefined) throw new Error(`${twin.words} and ${output.words} name the same file; give each its own.`);
    for (const input of inputs) {
      // Not every value is a path: `--dataset glyphs --out glyphs` is allowed.
      if (input.path === output.path && (await isFile(output.path))) {
        throw new Error(`${output.words} would replace the file that ${input.words} reads; give another name.`);
      }
      if (dirname(output.path) === input.path && isWeights(output.path) && (await isFile(output.path))) {
        throw new Error(
          `${output.words} would replace a network in the folder that ${input.words} reads; give another name.`,
        );
      }
    }
  }
}

async function filesOf(command: Command): Promise<{ inputs: readonly Named[]; outputs: readonly Named[] }> {
  const values: unknown = command.opts();
  const given = new Map(Object.entries(values ?? {}));
  const [inputs, outputs]: [Named[], Named[]] = [[], []];
  for (const option of command.options) {
    const name = option.attributeName();
    const value = given.get(name);
    if (typeof value !== 'string') continue;
    const named = { words: `${option.long ?? option.flags} ${value}`, path: await resolved(value) };
    // An output folder may contain inputs.
    if (!outputNames.has(name)) inputs.push(named);
    else if (!(await isFolder(named.path))) outputs.push(named);
  }
  for (const argument of command.args) inputs.push({ words: argument, path: await resolved(argument) });
  return { inputs, outputs };
}

/** The path that a file has or will have, with links resolved. */
async function resolved(path: string): Promise<string> {
  const absolute = resolve(path);
  return await realpath(absolute).catch(() => absolute);
}

const isWeights = (path: string): boolean => extname(path) === '.safetensors';
const isFile = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined))?.isFile() ?? false;
const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
