import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

type Target = string | { readonly types?: string; readonly default?: string; readonly [condition: string]: unknown };

/** The fields of package.json that the checks look at. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly type?: string;
  readonly description?: string;
  readonly license?: string;
  readonly keywords?: readonly string[];
  readonly repository?: { readonly type: string; readonly url: string; readonly directory: string };
  readonly engines?: { readonly node?: string };
  readonly publishConfig?: { readonly access?: string };
  readonly files?: readonly string[];
  readonly sideEffects?: boolean | readonly string[];
  readonly exports?: Readonly<Record<string, Target>>;
  readonly bin?: string | Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** A package of this workspace that is published. */
export interface PublishedPackage {
  /** Its folder from the root, such as `packages/network`. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Every package and app of the workspace that is not private, in the order of their folders. */
export function publishedPackages(): readonly PublishedPackage[] {
  return ['packages', 'apps']
    .filter((group) => existsSync(resolve(root, group)))
    .flatMap((group) =>
      readdirSync(resolve(root, group))
        .toSorted()
        .map((name) => `${group}/${name}`),
    )
    .filter((folder) => existsSync(resolve(root, folder, 'package.json')))
    .map((folder) => ({ folder, manifest: readManifest(folder) }))
    .filter(({ manifest }) => manifest.private !== true);
}

/** The package.json of the folder `folder`, a path from the root. */
export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(resolve(root, folder, 'package.json'), 'utf8')) as Manifest;
}

/** What a consumer may import from a package. */
export interface EntryPoints {
  /** Specifiers of JavaScript modules, such as `@rheobase/neurons/conformance`. */
  readonly modules: readonly string[];
  /** Specifiers of other files, such as a WASM binary. */
  readonly assets: readonly string[];
}

/** The entry points that package.json's `exports` names, patterns left out. */
export function entryPoints({ name, exports = {} }: Manifest): EntryPoints {
  const modules: string[] = [];
  const assets: string[] = [];
  for (const [subpath, target] of Object.entries(exports)) {
    if (subpath.includes('*')) continue;
    const file = typeof target === 'string' ? target : (target.default ?? '');
    (file.endsWith('.js') ? modules : assets).push(`${name}${subpath.slice(1)}`);
  }
  return { modules, assets };
}

/** The first fenced block of a README marked `ts`, or undefined where there is none. */
export function exampleOf(readme: string): string | undefined {
  return /^```ts\r?\n([\s\S]*?)^```/m.exec(readme)?.[1];
}
