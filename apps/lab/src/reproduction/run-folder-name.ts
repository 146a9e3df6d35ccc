import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import type { EngineName } from '@rheobase/experiments';

/** A folder for every configuration: a changed file, or another choice, begins in another one. */
export function usualFolder(name: string, configuration: object): string {
  const label = basename(name, '.yaml').replaceAll(/[^\w-]+/g, '-');
  const hash = createHash('sha256').update(JSON.stringify(configuration)).digest('hex');
  return join('runs', `${label}-${hash.slice(0, 8)}`);
}

/** The engine as part of a configuration, where it is another than tfjs, which a folder's name says nothing of. */
export function countedBy({ engine }: { readonly engine: EngineName }): { readonly engine?: EngineName } {
  return engine === 'tfjs' ? {} : { engine };
}
