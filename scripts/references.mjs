// Keeps the project references true: the root tsconfig.json names every package and app, and each of those names the
// workspace packages that its package.json depends on. `--check` reports what differs instead of writing it.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { root } from './pnpm.mjs';

const read = (path) => JSON.parse(readFileSync(resolve(root, path), 'utf8'));

const folders = ['packages', 'apps'].flatMap((group) =>
  existsSync(resolve(root, group))
    ? readdirSync(resolve(root, group))
        .toSorted()
        .map((name) => `${group}/${name}`)
        .filter((folder) => existsSync(resolve(root, folder, 'tsconfig.json')))
    : [],
);
const folderOf = new Map(folders.map((folder) => [read(`${folder}/package.json`).name, folder]));

function expected(folder) {
  const { dependencies = {}, devDependencies = {}, peerDependencies = {} } = read(`${folder}/package.json`);
  const names = Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies });
  return names
    .map((name) => folderOf.get(name))
    .filter((other) => other !== undefined && other !== folder)
    .toSorted()
    .map((other) => ({
      path: other.startsWith('packages/') && folder.startsWith('packages/') ? `../${other.slice(9)}` : `../../${other}`,
    }));
}

const wanted = [
  { file: 'tsconfig.json', references: folders.map((folder) => ({ path: folder })) },
  ...folders.flatMap((folder) =>
    ['tsconfig.json', 'tsconfig.test.json']
      .map((name) => `${folder}/${name}`)
      .filter((file) => existsSync(resolve(root, file)))
      .map((file) => ({ file, references: expected(folder) })),
  ),
];

const paths = (references) => references.map(({ path }) => path).toSorted();
let differing = 0;
for (const { file, references } of wanted) {
  const config = read(file);
  const is = paths(config.references ?? []);
  const should = paths(references);
  if (is.join() === should.join()) continue;
  differing += 1;
  if (process.argv.includes('--check')) {
    console.error(`${file}: references are [${is.join(', ')}], but the dependencies say [${should.join(', ')}]`);
  } else {
    writeFileSync(resolve(root, file), `${JSON.stringify({ ...config, references }, null, 2)}\n`);
    console.error(`${file}: wrote ${references.length} references`);
  }
}
if (differing > 0 && process.argv.includes('--check')) {
  console.error('Write them with: node scripts/references.mjs && pnpm format');
  process.exit(1);
}
