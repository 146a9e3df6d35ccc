import { readdirSync, readFileSync } from 'node:fs';

/** The files of a folder of the repository with an ending, in the order of their names. */
export function samplesOf(folder: string, ending: string): readonly Uint8Array[] {
  const url = new URL(`../../../../${folder}/`, import.meta.url);
  const names = readdirSync(url).filter((name) => name.endsWith(ending));
  return names.toSorted().map((name) => new Uint8Array(readFileSync(new URL(name, url))));
}
