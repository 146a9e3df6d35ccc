import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a TypeScript source imports, directly or not. */
export interface Reach {
  /** Number of modules of its own package, including itself. */
  readonly modules: number;
  /** The packages and Node modules they import, including type imports, in alphabetical order. */
  readonly packages: readonly string[];
}

/** Follows the imports of a source file within its package, so that a test can check what an entry needs, such as Node. */
export async function packagesReached(entry: string | URL): Promise<Reach> {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const visit = async (file: string): Promise<void> => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = await readFile(file, 'utf8');
    for (const [, specifier = ''] of text.matchAll(/(?:^import|\bfrom) '([^'\n]+)'/gm)) {
      if (specifier.startsWith('.')) await visit(join(dirname(file), specifier.replace(/\.js$/, '.ts')));
      else packages.add(specifier);
    }
  };
  await visit(fileURLToPath(entry));
  return { modules: seen.size, packages: [...packages].toSorted() };
}
