/** What fields are called now, by what they were called before; files and folders from then are still read. */
const presentNames: ReadonlyMap<string, string> = new Map([
  ['beyond', 'extensions'],
  ['rate', 'learningRate'],
  ['batch', 'batchSize'],
]);

/** Fields whose own fields are named by others: by architectures, methods and neurons. */
const foreign: ReadonlySet<string> = new Set(['options', 'parameters', 'attributes']);

/** Data with the present names of fields, and of the stages that they name. A field that has both names keeps them, and is refused by its schema. */
export function withPresentNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withPresentNames);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: readonly [string, unknown]) => {
      const present = presentNames.get(key) ?? key;
      const name = Object.hasOwn(value, present) ? key : present;
      if (name === 'stage' && typeof item === 'string') return [name, presentStage(item)];
      return [name, foreign.has(name) ? item : withPresentNames(item)];
    }),
  );
}

/** What a field may be called in a file from before. */
export function formerName(name: PropertyKey): string | undefined {
  return [...presentNames].find(([, present]) => present === name)?.[0];
}

/** The name of a stage, as runs from before have it in files and results: `beyond-2` is `extensions-2`. */
export function presentStage(name: string): string {
  return name.replace(/^((?:test-)?)beyond(?=$|[-.])/, '$1extensions');
}

/** The other way round. */
export function formerStage(name: string): string {
  return name.replace(/^((?:test-)?)extensions(?=$|[-.])/, '$1beyond');
}
