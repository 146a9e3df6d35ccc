import { z } from 'zod';
import { detectionExperimentSchema } from './detection-schema.js';
import { experimentSchema } from './experiment-schema.js';

/** The schema of experiment files as JSON Schema (draft 2020-12), for editors; as text, ending with a line break. */
export function experimentJsonSchema(): string {
  return jsonSchema('Rheobase experiment', experimentSchema);
}

/** Likewise of the files of detectors. */
export function detectionExperimentJsonSchema(): string {
  return jsonSchema('Rheobase experiment on a detector', detectionExperimentSchema);
}

function jsonSchema(title: string, of: z.ZodType): string {
  const schema = { title, ...z.toJSONSchema(of, { io: 'input' }) };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
