import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

const read = (path: string): Promise<string> => readFile(new URL(`../${path}`, import.meta.url), 'utf8');

/** Whether each package is private, by its name. */
async function packages(): Promise<ReadonlyMap<string, boolean>> {
  const folders = ['packages', 'apps'].map(async (group) =>
    (await readdir(new URL(`../${group}/`, import.meta.url))).map((name) => `${group}/${name}/package.json`),
  );
  const manifests = [...(await Promise.all(folders)).flat(), 'examples/package.json'].map(
    async (path): Promise<readonly [string, boolean]> => {
      const manifest = JSON.parse(await read(path)) as { readonly name: string; readonly private?: boolean };
      return [manifest.name, manifest.private === true];
    },
  );
  return new Map(await Promise.all(manifests));
}

// `changeset version` refuses a change of private and published packages together, and would stop at a release.
it('changes name published packages only', async () => {
  const known = await packages();
  const files = (await readdir(new URL('../.changeset/', import.meta.url))).filter((name) => name.endsWith('.md'));
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    const [, front = ''] = (await read(`.changeset/${file}`)).split(/^---$/m);
    for (const [, name = ''] of front.matchAll(/^['"](.+)['"]: (?:major|minor|patch)$/gm)) {
      expect([file, name, known.get(name)]).toEqual([file, name, false]);
    }
  }
});
