import { z } from 'zod';
import { detectionExperimentSchema } from './detection-schema.js';
import { experimentSchema } from './experiment-schema.js';

/** The schema of experiment files as JSON Schema (draft 2020-12), for editors; as text, ending with a line break. */
export function experimentJsonSchema(): string {
  return textOf('Rheobase experiment', experimentSchema);
}

/** The same of the files of experiments on detectors, those of `task: detection`. */
export function detectionJsonSchema(): string {
  return textOf('Rheobase experiment on a detector', detectionExperimentSchema);
}

/** A network that is read from a file has no `model`, which is filled in before the schema applies. */
function withoutModel({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.properties?.['model'] === undefined || jsonSchema.properties['source'] === undefined) return;
  jsonSchema.required = jsonSchema.required?.filter((field) => field !== 'model') ?? [];
}

function textOf(title: string, schema: z.ZodType): string {
  return `${JSON.stringify({ title, ...z.toJSONSchema(schema, { io: 'input', override: withoutModel }) }, undefined, 2)}\n`;
}
