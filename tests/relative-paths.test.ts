import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './published-packages.js';
import {
  faultOf,
  filesBelow,
  pathsFromRoot,
  pathsOfMarkdown,
  pathsOfModule,
  pathsOfYaml,
  type RelativePath,
} from './relative-paths.js';

const kinds = {
  'a module, in the sources or built,': { endings: ['.ts', '.mjs', '.js'], pathsOf: pathsOfModule, least: 40 },
  'a page of documentation': { endings: ['.md'], pathsOf: pathsOfMarkdown, least: 40 },
  'prose or a comment, from the repository’s root,': {
    endings: ['.md', '.ts', '.mjs'],
    pathsOf: (_: string, text: string) => pathsFromRoot(root, text),
    least: 20,
  },
  'an experiment file': { endings: ['.yaml'], pathsOf: pathsOfYaml, least: 10 },
};

describe.each(Object.entries(kinds))('a relative path in %s', (_, { endings, pathsOf, least }) => {
  it('leads to something', () => {
    const folders = ['packages', 'apps', 'scripts', 'tests', 'docs', 'examples'];
    const files = [
      ...['README.md', 'CONTRIBUTING.md'].map((name) => resolve(root, name)),
      ...folders.flatMap((folder) => filesBelow(resolve(root, folder), endings)),
    ].filter((file) => file !== import.meta.filename && endings.some((ending) => file.endsWith(ending)));
    const paths = files.flatMap((file) =>
      pathsOf(file, readFileSync(file, 'utf8')).map((path): RelativePath & { readonly file: string } => ({
        file,
        ...path,
      })),
    );
    // So that a pattern that no longer finds anything is noticed.
    expect(paths.length).toBeGreaterThan(least);
    const faults = paths.flatMap(({ file, ...path }) => {
      const fault = faultOf(path);
      return fault === undefined ? [] : [`${relative(root, file)}: ${fault}`];
    });
    expect(faults).toEqual([]);
  });
});

describe('the check of relative paths', () => {
  it('finds a folder without its slash, and a file that is not there', () => {
    const module = resolve(root, 'tests/made-up.ts');
    const text = `new URL('../packages', import.meta.url); new URL('./none.json', import.meta.url); resolve(import.meta.dirname, '../scripts')`;
    expect(pathsOfModule(module, text).map(faultOf)).toEqual([
      '../packages is a folder: write ../packages/',
      expect.stringMatching(/none\.json, where nothing is/),
      undefined,
    ]);
  });

  it('finds a file that prose names and that has moved, and passes patterns by', () => {
    const text = 'Run `node scripts/moved.mjs`, then scripts/pnpm.mjs; see `packages/*/README.md` and ./docs/none.md.';
    expect(pathsFromRoot(root, text).map(faultOf)).toEqual([
      expect.stringMatching(/moved\.mjs, where nothing is/),
      undefined,
    ]);
  });
});
