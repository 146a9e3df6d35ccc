import { ownValue } from '@rheobase/network';
import type { Network, OptionTable } from '@rheobase/network';

/** An option of a model that trained weights do not reveal, and the value assumed for it. */
export interface TracelessOption {
  readonly name: string;
  /** The assumed value in words: `average`, `32,32,3`. */
  readonly taken: string;
  /** What else it could be, of an option that takes a few words: `max`. */
  readonly alternatives?: string;
}

/** An option for which the weights file states another value than the network was built with. */
export interface ConflictingOption {
  readonly name: string;
  readonly taken: string;
  readonly told: string;
  /** Whether somebody gave it, or it is the model's default. */
  readonly isGiven: boolean;
}

/** What weights leave open about the network that they are loaded into. */
export interface OpenOptions {
  readonly untold: readonly TracelessOption[];
  readonly conflicting: readonly ConflictingOption[];
}

/**
 * The options of a model that trained weights do not reveal: weights trained with another value load without an error. `untold` are those that
 * neither the caller nor the file gave, and `conflicting` those for which the file states another value. Options that cannot be written
 * down, as functions, are left out.
 *
 * @param network as it was built
 * @param given the options that it was built with
 * @param metadata of the weights file, which states the options of a network that rheobase wrote
 */
export function openOptions(
  { name: model, options }: { readonly name: string; readonly options: OptionTable },
  {
    network,
    given,
    metadata,
  }: {
    readonly network: Network;
    readonly given: Readonly<Record<string, unknown>>;
    readonly metadata: Readonly<Record<string, string>>;
  },
): OpenOptions {
  const untold: TracelessOption[] = [];
  const conflicting: ConflictingOption[] = [];
  for (const [name, { traceless, words }] of Object.entries(options)) {
    const taken = ownValue(network.metadata, name);
    if (traceless !== true || taken === undefined) continue;
    const told = metadata['model'] === model ? ownValue(metadata, name) : undefined;
    const isGiven = ownValue(given, name) !== undefined;
    if (told !== undefined) {
      if (told !== taken) conflicting.push({ name, taken, told, isGiven });
    } else if (!isGiven) {
      const others = words?.filter((word) => word !== taken);
      untold.push({ name, taken, ...(others !== undefined && { alternatives: others.join(' or ') }) });
    }
  }
  return { untold, conflicting };
}

/** How those who chose the weights of a model learn what these leave open. */
export interface OpenOptionsVoice {
  readonly tell: (note: string) => void;
  /** How an option is given, for a sentence that is addressed to them: `give --model-option pooling=max`. */
  readonly remedy: (assignment: string) => string;
  /** Options that do not need telling: the images of a data set are checked against them before anything is computed. */
  readonly settledByImages?: readonly string[];
}

/**
 * Tells which options of a model its weights do not reveal, if they were not given: weights trained otherwise load without an error, and only the
 * figures are wrong. If the weights file states its network's options, they are compared.
 *
 * @param built as {@link openOptions} takes it, with the name of the weights' file
 * @throws naming an option for which the file states another value and none was given, and how to give it.
 */
export function tellOpenOptions(
  family: { readonly name: string; readonly options: OptionTable },
  built: Parameters<typeof openOptions>[1] & { readonly file: string },
  { tell, remedy, settledByImages = [] }: OpenOptionsVoice,
): void {
  const { untold, conflicting } = openOptions(family, built);
  for (const { name, taken, told, isGiven } of conflicting) {
    if (!isGiven) {
      throw new Error(
        `${built.file} says ${name}=${told}, but ${family.name} has ${name}=${taken} by default: ${remedy(`${name}=${told}`)}.`,
      );
    }
    tell(`note: ${built.file} says ${name}=${told}, but the given ${name}=${taken} is used.`);
  }
  const described = describeUntold(
    family.name,
    untold.filter(({ name }) => !settledByImages.includes(name)),
  );
  if (described !== undefined) tell(`note: ${described}. If they were trained otherwise, ${remedy('NAME=VALUE')}.`);
}

/** A sentence with the values assumed for the options that weights do not reveal; nothing if they reveal all. */
export function describeUntold(model: string, untold: readonly TracelessOption[]): string | undefined {
  if (untold.length === 0) return undefined;
  const taken = untold.map(
    ({ name, taken: value, alternatives }) =>
      `${name}=${value}${alternatives === undefined ? '' : ` (not ${alternatives})`}`,
  );
  return `weights do not reveal every option of ${model}; assumed: ${taken.join('; ')}`;
}
