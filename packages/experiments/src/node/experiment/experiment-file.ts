import { unknownName } from '@rheobase/network';
import { fileReason, readText } from '@rheobase/network/node';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { type DetectionExperiment, detectionExperimentSchema } from './detection-schema.js';
import { type Experiment, experimentSchema } from './experiment-schema.js';

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

/** Messages for names that are not known; all others are zod's own. */
function nearestName(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'unrecognized_keys') {
    const known = issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape) : [];
    return issue.keys.map((key) => unknownName('field', key, known)).join(' ');
  }
  if (issue.input === undefined) return 'This field is missing.';
  if (issue.code === 'invalid_value' && typeof issue.input === 'string') {
    return unknownName('value', issue.input, issue.values.map(String));
  }
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined) {
    return kindMessage(issue.discriminator, issue.input, issue.options);
  }
  return undefined;
}

/** For a field that says of which kind the fields around it are. */
function kindMessage(field: string, given: unknown, options: unknown): string | undefined {
  if (typeof given !== 'object' || given === null || !Array.isArray(options)) return undefined;
  const found: unknown = Object.entries(given).find(([name]) => name === field)?.[1];
  return found === undefined ? 'This field is missing.' : unknownName(field, String(found), options.map(String));
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
