import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, relative, resolve, sep } from 'node:path';

/** The files of a plugin, as far as they are known without running it. */
export interface PluginFiles {
  /** SHA-256 by path from the plugin's folder: of the plugin first, then of what it imports by relative paths. */
  readonly hashes: Readonly<Record<string, string>>;
  /** The packages it imports. */
  readonly packages: readonly string[];
}

/** Reads a plugin and what it imports by relative paths. A path that is put together while it runs is not followed. */
export async function readPluginFiles(file: string): Promise<PluginFiles> {
  const hashes = new Map<string, string>();
  const packages = new Set<string>();
  const follow = async (path: string): Promise<void> => {
    const name = relative(dirname(file), path).split(sep).join('/');
    if (hashes.has(name)) return;
    const bytes = await readFile(path).catch((error: unknown) => {
      // Text that only looks like an import is none; a missing import is reported when the plugin is loaded.
      if (path === file) throw error;
    });
    if (bytes === undefined) return;
    hashes.set(name, createHash('sha256').update(bytes).digest('hex'));
    for (const specifier of specifiersIn(bytes.toString())) {
      if (/^\.{1,2}\//.test(specifier)) await follow(resolve(dirname(path), specifier));
      else packages.add(packageOf(specifier));
    }
  };
  await follow(file);
  return { hashes: Object.fromEntries(hashes), packages: [...packages] };
}

function specifiersIn(text: string): readonly string[] {
  return [...text.matchAll(/\b(?:from|import)\s*\(?\s*(['"])([^'"\n]+)\1/g)].map(([, , specifier = '']) => specifier);
}

/** `@scope/name` of `@scope/name/part`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/**
 * Where a plugin's import of a package leads to a second copy of one that runs here. Tensors of one copy of tfjs are foreign to the other, and
 * so are the errors and registries of two copies of a package.
 */
export function secondCopy(
  file: string,
  packages: readonly string[],
): { readonly name: string; readonly theirs: string; readonly ours: string } | undefined {
  for (const name of packages.filter((one) => one === '@tensorflow/tfjs-core' || one.startsWith('@rheobase/'))) {
    const [theirs, ours] = [file, import.meta.filename].map((from) => resolvedFrom(from, name));
    if (theirs !== undefined && ours !== undefined && theirs !== ours) return { name, theirs, ours };
  }
  return undefined;
}

function resolvedFrom(file: string, name: string): string | undefined {
  try {
    return createRequire(file).resolve(name);
  } catch {
    return undefined;
  }
}
