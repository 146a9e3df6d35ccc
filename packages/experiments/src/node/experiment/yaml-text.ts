import { readingLimits } from '@rheobase/network';
import { CST, type Document, Lexer, LineCounter, parseDocument } from 'yaml';

/** A YAML text, and the positions of its parts. */
export interface YamlText {
  readonly document: Document;
  readonly lines: LineCounter;
  readonly value: unknown;
}

/** Columns to which a line may be indented. Every level takes one at least, and so this bounds how deep blocks are nested. */
const deepestColumn = 2 * readingLimits.nesting;

/**
 * Reads a YAML text. What some texts of a few hundred characters would make a parser do for minutes is refused before anything is parsed: keys that
 * are lists or maps themselves (`? `), nesting of more than 100 levels, and many repetitions by `*name`.
 *
 * @param file for messages
 * @throws naming the file, the line and what is wrong.
 */
export function readYaml(text: string, file: string): YamlText {
  checkBounds(text, file);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const [broken] = document.errors;
  if (broken !== undefined) {
    throw new Error(`${file}:${lines.linePos(broken.pos[0]).line}: this is not YAML: ${firstLine(broken.message)}`);
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: readingLimits.yamlAliases });
    assertEnds(value);
    return { document, lines, value };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${file}: its aliases ('*name') cannot be resolved: ${firstLine(reason)}.`, { cause: error });
  }
}

/** @throws if a list or map is part of itself, by an alias of what it is in. */
function assertEnds(value: unknown, around: readonly unknown[] = []): void {
  if (typeof value !== 'object' || value === null) return;
  if (around.includes(value)) throw new Error('one of them is inside what it repeats');
  for (const item of Object.values(value)) assertEnds(item, [...around, value]);
}

/** Of a message of the parser, which quotes from the file. */
const firstLine = (message: string): string => (message.split('\n')[0] ?? '').slice(0, 200);

/** The lexer takes time in proportion to the text, whatever it holds. */
function checkBounds(text: string, file: string): void {
  const { yamlLength, yamlEntries, nesting, yamlAliases } = readingLimits;
  if (text.length > yamlLength) {
    throw new Error(`${file}: it has ${text.length} characters; an experiment file has at most ${yamlLength}.`);
  }
  let [line, flow, onLine, aliases, entries] = [1, 0, 0, 0, 0];
  const refuse = (reason: string): never => {
    throw new Error(`${file}:${line}: ${reason}`);
  };
  for (const token of new Lexer().lex(text)) {
    switch (CST.tokenType(token)) {
      case 'explicit-key-ind':
        refuse("keys that start with '? ' are not supported; write 'key: value'.");
        break;
      case 'flow-seq-start':
      case 'flow-map-start':
        flow += 1;
        break;
      case 'flow-seq-end':
      case 'flow-map-end':
        flow -= 1;
        break;
      case 'seq-item-ind':
      case 'map-value-ind':
        entries += 1;
        onLine += 1;
        break;
      case 'comma':
        entries += 1;
        break;
      case 'tag':
      case 'anchor':
        onLine += 1;
        break;
      case 'alias':
        aliases += 1;
        if (aliases > yamlAliases)
          refuse(`this is alias ${aliases} ('${token.slice(0, 20)}'); at most ${yamlAliases} are read.`);
        break;
      case 'space':
        if (onLine === 0 && token.length > deepestColumn)
          refuse(`it is indented by ${token.length} columns; at most ${deepestColumn} are read.`);
        break;
      default:
        break;
    }
    if (flow > nesting || (onLine > nesting && flow === 0)) {
      refuse(`lists and maps are nested more than ${nesting} deep.`);
    }
    if (entries > yamlEntries) refuse(`it has more than ${yamlEntries} fields and list items.`);
    const breaks = token.split('\n').length - 1;
    if (breaks > 0) [line, onLine] = [line + breaks, 0];
  }
}
