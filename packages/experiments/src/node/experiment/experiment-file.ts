import { dirname, resolve } from 'node:path';
import { someOf } from '@rheobase/network';
import { fileReason, readText, recognizeFileAt } from '@rheobase/network/node';
import { type Document, isMap, isNode, isScalar, type LineCounter } from 'yaml';
import type { z } from 'zod';
import { defaultRegistries, type Registries } from '../../registries.js';
import { withPlugins } from '../plugins/load-plugin.js';
import { type DetectionExperiment, detectionExperimentSchemaOf } from './detection-schema.js';
import { type Experiment, experimentSchemaOf } from './experiment-schema.js';
import { existingFile, runFiles } from '../folder/run-files.js';
import { formerName, withPresentNames } from '../../former-names.js';
import { withFileModel, withFileSource } from './file-source.js';
import { fieldOf, mostFaults, nearestName } from './faults-in-words.js';
import { readYaml } from './yaml-text.js';

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

/** An experiment, and the registries with the entries of its plugins. */
export type ReadExperiment = AnyExperiment & { readonly registries: Registries };

/**
 * Reads an experiment file, of a detector if its field `task` says so, and loads its plugins.
 *
 * @param known the registries, without its plugins
 * @throws as {@link readExperimentFile} and {@link withPlugins} do.
 */
export async function readAnyExperimentFile(
  file: string,
  known: Registries = defaultRegistries,
): Promise<ReadExperiment> {
  const text = await textOf(file);
  const plugged = await withPlugins(known, pluginsIn(text, file)).catch((error: unknown) => {
    throw new Error(`${file}: plugins: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  });
  const registries = await withFileSource(readYaml(text, file).value, file, plugged);
  return /^task:\s*detection\s*$/m.test(text)
    ? { registries, task: 'detection', experiment: parsedBy(detectionExperimentSchemaOf(registries), text, file) }
    : { registries, task: 'classification', experiment: parseExperiment(text, file, registries) };
}

/** The plugins that a file names; none where the field is not a list of paths, which the schema reports. */
function pluginsIn(text: string, file: string): readonly string[] {
  const { value } = readYaml(text, file);
  const paths: unknown = typeof value === 'object' && value !== null && 'plugins' in value ? value.plugins : undefined;
  if (!Array.isArray(paths)) return [];
  return paths.flatMap((path: unknown) => (typeof path === 'string' ? [resolve(dirname(file), path)] : []));
}

async function textOf(file: string): Promise<string> {
  const found = recognizeFileAt(file);
  if (found?.kind === 'folder') {
    throw new Error(
      existingFile(runFiles(file).configuration) !== undefined
        ? `${file}: it is the folder of a run, not an experiment file. \`rheobase reproduce --resume ${file}\` resumes the run.`
        : `${file}: it is a folder, not an experiment file. Give the file, or the name of a built-in experiment.`,
    );
  }
  // An experiment may be written as JSON, too.
  if (found !== undefined && !['experiment', 'json', 'record'].includes(found.kind)) {
    throw new Error(
      `${file}: it is ${found.what}, not an experiment file, which is YAML. Give one, or the name of a built-in experiment.`,
    );
  }
  return readText(file).catch((error: unknown) => {
    throw new Error(`${file}: the experiment cannot be read (${fileReason(error)}).`, { cause: error });
  });
}

/**
 * The experiment that a YAML text describes.
 *
 * @param file for messages
 * @param known the registries
 * @throws as {@link readExperimentFile} does.
 */
export function parseExperiment(text: string, file: string, known: Registries = defaultRegistries): Experiment {
  return parsedBy(experimentSchemaOf(known), text, file);
}

function parsedBy<Output>(schema: z.ZodType<Output>, text: string, file: string): Output {
  const { document, lines, value } = readYaml(text, file);
  const dropped = droppedField(value);
  if (dropped !== undefined) {
    const field = fieldOf(dropped);
    throw new Error(`${file}:${lineOf(document, lines, dropped)}: ${field}: nothing can have this name; remove it.`);
  }
  const parsed = schema.safeParse(withFileModel(withPresentNames(value)), { error: nearestName });
  if (parsed.success) return parsed.data;
  const { shown, left } = someOf(parsed.error.issues, mostFaults);
  const faults = shown.map((issue) => {
    const [key] = issue.code === 'unrecognized_keys' ? issue.keys : [];
    const path = key === undefined ? issue.path : [...issue.path, key];
    const field = fieldOf(path);
    return `${file}:${lineOf(document, lines, path)}: ${field === '' ? 'the file' : field}: ${issue.message}`;
  });
  if (left > 0) faults.push(`… and ${left} more faults in ${file}.`);
  throw new Error(faults.join('\n'));
}

/** Where a field `__proto__` stands, which the schema's dictionaries would leave out without a word. */
function droppedField(value: unknown, path: Path = []): Path | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.hasOwn(value, '__proto__')) return [...path, '__proto__'];
  for (const [key, item] of Object.entries(value)) {
    const found = droppedField(item, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The line of a field; of the nearest one around it that is there, if it is missing. */
function lineOf(document: Document, lines: LineCounter, fields: Path): number {
  const path = asWritten(document, fields);
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

/** The path of a field with the names that the file has for it, which may be former ones. */
function asWritten(document: Document, path: Path): Path {
  return path.reduce<Path>((written, key) => {
    const around = written.length === 0 ? document.contents : document.getIn(written, true);
    const former = formerName(key);
    const isFormer = isMap(around) && !around.has(key) && former !== undefined && around.has(former);
    return [...written, isFormer ? former : key];
  }, []);
}
