import { fileReason, readText } from '@rheobase/network/node';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type DetectionExperiment, detectionExperimentSchema } from './detection-schema.js';
import { type Experiment, experimentSchema } from './experiment-schema.js';
import { nearestName } from './faults-in-words.js';

type Path = readonly PropertyKey[];

/**
 * Reads an experiment file.
 *
 * @throws naming the file, the line, the field and, where a name is unknown, the nearest one.
 */
export async function readExperimentFile(file: string): Promise<Experiment> {
  return parseExperiment(await textOf(file), file);
}

/** An experiment by what its networks are to do. */
export type AnyExperiment =
  | { readonly task: 'classification'; readonly experiment: Experiment }
  | { readonly task: 'detection'; readonly experiment: DetectionExperiment };

/**
 * Reads an experiment file, of a detector where its field `task` says so.
 *
 * @throws as {@link readExperimentFile} does.
 */
export async function readAnyExperimentFile(file: string): Promise<AnyExperiment> {
  const text = await textOf(file);
  return /^task:\s*detection\s*$/m.test(text)
    ? { task: 'detection', experiment: parsedBy(detectionExperimentSchema, text, file) }
    : { task: 'classification', experiment: parseExperiment(text, file) };
}

async function textOf(file: string): Promise<string> {
  return readText(file).catch((error: unknown) => {
    throw new Error(`${file}: the experiment cannot be read (${fileReason(error)}).`, { cause: error });
  });
}

/**
 * The experiment that a YAML text describes.
 *
 * @param file for messages
 * @throws as {@link readExperimentFile} does.
 */
export function parseExperiment(text: string, file: string): Experiment {
  return parsedBy(experimentSchema, text, file);
}

function parsedBy<Output>(schema: z.ZodType<Output>, text: string, file: string): Output {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken !== undefined) {
    throw new Error(`${file}:${lines.linePos(broken.pos[0]).line}: this is not YAML: ${broken.message}`);
  }
  const parsed = schema.safeParse(document.toJS(), { error: nearestName });
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => {
    const [key] = issue.code === 'unrecognized_keys' ? issue.keys : [];
    const path = key === undefined ? issue.path : [...issue.path, key];
    const field = path.map(String).join('.');
    return `${file}:${lineOf(document, lines, path)}: ${field === '' ? 'the file' : field}: ${issue.message}`;
  });
  throw new Error(faults.join('\n'));
}

/** The line of a field; of the nearest one around it that is there, if it is missing. */
function lineOf(document: Document, lines: LineCounter, path: Path): number {
  for (let depth = path.length; depth > 0; depth--) {
    const key = path[depth - 1];
    const around = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
    const own = isMap(around)
      ? around.items.find((item) => isScalar(item.key) && item.key.value === key)?.key
      : undefined;
    const node = isNode(own) ? own : document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
