/** The value at each path of a configuration, as JSON. */
export function configurationFields(value: unknown, path = ''): ReadonlyMap<string, string> {
  if (typeof value !== 'object' || value === null) {
    return value === undefined ? new Map() : new Map([[path, JSON.stringify(value)]]);
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return new Map([[path, Array.isArray(value) ? '[]' : '{}']]);
  return new Map(
    entries.flatMap(([name, nested]) => [...configurationFields(nested, path === '' ? name : `${path}.${name}`)]),
  );
}

/** The prefix of a split in the name of its hash. */
export const imageHash = /^hashes\.(?=(?:training|heldOut|calibration|earlyStopping)$)/;

/** The prefix of a plugin's file in the name of its hash. */
export const pluginHash = /^plugins\./;

/** Fields that determine which images a run reads, and in which order. */
const choosesImages = /^(?:seed|seeds\.\d+|dataset|parts\..+|data\.(?!normalization$|testImages$|protocol$).+)$/;

/** Names of the fields that differ between configurations. Hashes of images are left out where another field explains them. */
export function differingFields(configurations: readonly ReadonlyMap<string, string>[]): readonly string[] {
  const names = [...new Set(configurations.flatMap((own) => [...own.keys()]))];
  const differing = names.filter((name) => new Set(configurations.map((own) => own.get(name))).size > 1);
  const areOtherImages = differing.some((name) => choosesImages.test(name));
  return areOtherImages ? differing.filter((name) => !imageHash.test(name)) : differing;
}
