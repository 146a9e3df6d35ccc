import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';

/** A folder for each configuration: a changed file or another choice gets a new one. */
export function usualFolder(name: string, configuration: object): string {
  const label = basename(name, '.yaml').replaceAll(/[^\w-]+/g, '-');
  const hash = createHash('sha256').update(JSON.stringify(configuration)).digest('hex');
  return join('runs', `${label}-${hash.slice(0, 8)}`);
}
