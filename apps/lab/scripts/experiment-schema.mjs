// Writes the JSON Schema of experiment files, by which editors check them, from what was built.
import { writeFile } from 'node:fs/promises';
import { experimentJsonSchema } from '@rheobase/experiments/node';

await writeFile(new URL('../experiments/experiment.schema.json', import.meta.url), experimentJsonSchema());
