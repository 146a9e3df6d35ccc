import { z } from 'zod';
import { experimentSchema } from './experiment-schema.js';

/** The schema of experiment files as JSON Schema (draft 2020-12), for editors; as text, ending with a line break. */
export function experimentJsonSchema(): string {
  const schema = { title: 'Rheobase experiment', ...z.toJSONSchema(experimentSchema, { io: 'input' }) };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
