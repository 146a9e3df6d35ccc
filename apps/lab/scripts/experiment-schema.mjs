// Writes the JSON Schemas of experiment files, which editors check them with, from the built packages.
import { writeFile } from 'node:fs/promises';
import { detectionJsonSchema, experimentJsonSchema } from '@rheobase/experiments/node';

const folder = new URL('../experiments/', import.meta.url);
await writeFile(new URL('experiment.schema.json', folder), experimentJsonSchema());
await writeFile(new URL('detection.schema.json', folder), detectionJsonSchema());
