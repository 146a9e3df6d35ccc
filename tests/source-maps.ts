import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { filesBelow } from './relative-paths.js';

interface SourceMap {
  readonly sources: readonly string[];
  readonly sourceRoot?: string;
  readonly sourcesContent?: readonly (string | null)[];
}

/** What is wrong with the source maps that the files of a package name: such as are missing, or lead to sources that are not there. */
export function sourceMapFaults(folder: string): readonly string[] {
  return filesBelow(folder, ['.js', '.d.ts']).flatMap((file) => {
    const named = /^\/\/# sourceMappingURL=(?!data:)(\S+)\s*$/m.exec(readFileSync(file, 'utf8'))?.[1];
    return named === undefined ? [] : faultsOfMap(resolve(dirname(file), named));
  });
}

function faultsOfMap(path: string): readonly string[] {
  if (!existsSync(path)) return [`${path}: there is no such map`];
  const { sources, sourceRoot = '', sourcesContent = [] } = JSON.parse(readFileSync(path, 'utf8')) as SourceMap;
  return sources.flatMap((source, index) =>
    typeof sourcesContent[index] === 'string' || existsSync(resolve(dirname(path), sourceRoot, source))
      ? []
      : [
          `${path}: its source ${source} is neither there nor in it; if it was removed since the last build, run pnpm clean and build`,
        ],
  );
}
