import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** Every module a source file leads to, itself included, and the packages they name. */
async function reach(file: string, seen: Map<string, readonly string[]>): Promise<Map<string, readonly string[]>> {
  if (seen.has(file)) return seen;
  const text = await readFile(file, 'utf8');
  const named = [...text.matchAll(/(?:^import|\bfrom) '([^'\n]+)'/gm)].map(([, specifier]) => specifier ?? '');
  seen.set(
    file,
    named.filter((specifier) => !specifier.startsWith('.')),
  );
  for (const specifier of named) {
    if (specifier.startsWith('.')) await reach(join(dirname(file), specifier.replace(/\.js$/, '.ts')), seen);
  }
  return seen;
}

describe('the main entry', () => {
  it('runs in a browser: nothing it leads to needs Node', async () => {
    const modules = await reach(fileURLToPath(new URL('./index.ts', import.meta.url)), new Map());
    expect(modules.size).toBeGreaterThan(8);
    const packages = new Set([...modules.values()].flat());
    const allowed =
      /^(?:@rheobase\/(?:analysis|converter|datasets|execution|network|training)|@tensorflow\/tfjs-core)$/;
    expect([...packages].filter((name) => !allowed.test(name))).toEqual([]);
  });
});
