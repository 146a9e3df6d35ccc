import type { Registry } from '@rheobase/network';
import { z } from 'zod';
import type { RegistriesByField } from '../../registries.js';

/** What a plugin adds to the registries: the default export of an ES module. */
export type Plugin = {
  readonly [Field in keyof RegistriesByField]?: RegistriesByField[Field] extends Registry<infer Entry>
    ? readonly Entry[]
    : never;
};

/** The plugin itself, checked by the compiler: `export default definePlugin({ neurons: [mine] })`. */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin;
}

const name = z.string().min(1);
const code = z.custom<unknown>((value) => typeof value === 'function', 'must be a function');
const named = { name, summary: z.string() };
const modelDefinition = {
  kind: name,
  summary: z.string(),
  parameters: z.record(z.string(), z.looseObject({ role: z.string(), initial: z.number() })),
  attributes: z.record(z.string(), z.looseObject({ summary: z.string() })),
};
const set = {
  ...named,
  origin: z.looseObject({ kind: z.enum(['published', 'manual', 'procedural']) }),
  splits: z.array(name).min(1),
  evaluationSplit: name,
  open: code,
};
const family = { ...named, options: z.record(z.string(), z.unknown()), normalization: name, build: code };

/** What entries must have to be of use, by the plugin's field. More is left to the conformance suites. */
const shapes: Readonly<Record<keyof RegistriesByField, z.ZodType>> = {
  neurons: z.looseObject({ ...modelDefinition, initialState: code, step: code, reference: code }),
  activations: z.looseObject({ ...modelDefinition, reference: code, evaluate: code }),
  siteConversions: z.looseObject({ activation: name, meaning: code }),
  methods: z.looseObject({
    ...named,
    options: z.record(z.string(), z.unknown()),
    needs: z.looseObject({ network: z.enum(['source', 'quantized']) }),
    dependsOnSteps: code,
    convert: code,
  }),
  models: z.looseObject(family),
  detectors: z.looseObject({ ...family, imageFit: z.looseObject({}) }),
  datasets: z.looseObject(set),
  boxDatasets: z.looseObject({ ...set, protocol: name }),
};

/** A plugin as it comes from outside. */
export const pluginSchema = z.strictObject(
  Object.fromEntries(Object.entries(shapes).map(([field, shape]) => [field, z.array(shape).optional()])),
);

/** The fields of a plugin. */
export const pluginFields = Object.keys(shapes);
