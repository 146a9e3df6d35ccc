import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** A path that a file writes down and expects to lead somewhere from where it stands. */
export interface RelativePath {
  readonly written: string;
  /** Where it leads. */
  readonly target: string;
  /** A URL, against which others may be resolved. */
  readonly isUrl?: boolean;
}

const url = /new URL\(\s*['"`](?<path>\.[^'"`]*)['"`],\s*import\.meta\.url/g;
const path =
  /(?:resolve|join)\(\s*(?:import\.meta\.dirname|here|dirname\(fileURLToPath\(import\.meta\.url\)\)),\s*['"`](?<path>[^'"`]+)['"`]/g;

/** The paths that a module reaches from where it stands; of one with variables in it, the folder before the first. */
export function pathsOfModule(file: string, text: string): readonly RelativePath[] {
  const found = (pattern: RegExp, isUrl: boolean): readonly RelativePath[] =>
    [...text.matchAll(pattern)].map(({ groups }) => {
      const given = groups?.['path'] ?? '';
      const variable = given.indexOf('${');
      const written = variable < 0 ? given : given.slice(0, given.lastIndexOf('/', variable) + 1);
      return { written, target: resolve(dirname(file), written), isUrl };
    });
  return [...found(url, true), ...found(path, false)];
}

/** The files and folders that a Markdown file links to, addresses of other places left out. */
export function pathsOfMarkdown(file: string, text: string): readonly RelativePath[] {
  const prose = text.replaceAll(/^```[^]*?^```/gm, '');
  return [...prose.matchAll(/\]\((?<path>[^)#\s]+)(?:#[^)]*)?\)/g)]
    .map(({ groups }) => groups?.['path'] ?? '')
    .filter((path) => !/^[a-z]+:/.test(path))
    .map((written) => ({ written, target: resolve(dirname(file), written) }));
}

/** The schema that a YAML file names for editors. */
export function pathsOfYaml(file: string, text: string): readonly RelativePath[] {
  return [...text.matchAll(/^# yaml-language-server: \$schema=(?<path>\S+)/gm)].map(({ groups }) => {
    const written = groups?.['path'] ?? '';
    return { written, target: resolve(dirname(file), written) };
  });
}

/**
 * The files that prose and comments name from the repository's root, for people to run or read. Patterns and decisions named by their
 * number alone are left out.
 */
export function pathsFromRoot(root: string, text: string): readonly RelativePath[] {
  const named =
    /(?<![\w/.-])(?:packages|apps|scripts|tests|docs)\/[\w./*-]*\.(?:ts|mjs|js|md|json|yaml|c|h)\b(?!\.?\*)/g;
  return [...text.matchAll(named)]
    .map(([written]) => ({ written, target: resolve(root, written) }))
    .filter(({ written }) => !written.includes('*'));
}

/**
 * What is wrong with a path, in words; nothing if it leads to something. A folder is written with a slash at its end: without one, a URL
 * that is resolved against it leads beside it.
 */
export function faultOf({ written, target, isUrl = false }: RelativePath): string | undefined {
  // TypeScript names the module that it will have made.
  if (!existsSync(target)) {
    return existsSync(target.replace(/\.js$/, '.ts')) ? undefined : `${written} leads to ${target}, where nothing is`;
  }
  const isFolder = isUrl && statSync(target).isDirectory();
  return isFolder && !written.endsWith('/') ? `${written} is a folder: write ${written}/` : undefined;
}

/** All files below a folder whose names end so, packages that others wrote and what was generated left out. */
export function filesBelow(folder: string, endings: readonly string[]): readonly string[] {
  const passedBy = new Set(['node_modules', '.git', '.cache', 'api']);
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return passedBy.has(entry.name) ? [] : filesBelow(join(folder, entry.name), endings);
    return endings.some((ending) => entry.name.endsWith(ending)) ? [join(folder, entry.name)] : [];
  });
}
