import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { randomChance, randomChoice } from '../random-values.js';
import { hostileNumbers, hostileTexts } from './hostile-values.js';

/** A token with a meaning in YAML, JSON or XML, sometimes repeated until it exhausts a parser's stack or time. */
function hostileToken(random: RandomGenerator): string {
  const times = randomChoice(random, [1, 2, 30, 300, 3000, 30_000]);
  return randomChoice(random, [
    '[',
    '{',
    '? ',
    '- ',
    '? - ',
    '[{',
    '!!',
    '&a ',
    '<a>',
    '<a ',
    '<!--',
    '&amp;',
    '"',
    "'",
    '\\',
    ',',
    ': ',
    ' ',
    '\t',
    '\n',
    '|\n',
    'a',
    '9',
    '\u0000',
  ]).repeat(times);
}

const snippets: readonly string[] = [
  '\ufeff',
  '&a [*a]',
  '*a',
  '<<: *a',
  '!!js/function "x"',
  '!!binary x',
  '!!timestamp 2001-01-01',
  '!!set {a}',
  '!!float .nan',
  '.nan',
  '-.inf',
  '0x7fffffff',
  '0o17',
  '1_000',
  '---\n',
  '...\n',
  '%YAML 9.9\n',
  '__proto__: {a: 1}',
  'constructor: 1',
  '"__proto__": {"a": 1},',
  '<![CDATA[x]]>',
  '<?xml version="1.0"?>',
  '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;">]>',
  '&c;',
  '&#0;',
  '</annotation>',
  '<__proto__>1</__proto__>',
  '\u001b]0;title\u0007',
];

/** Ten anchors, each ten times the one before: a small file, but huge data. */
const laughs = Array.from(
  { length: 9 },
  (_, i) => `a${i}: &a${i} [${new Array(9).fill(i === 0 ? 'lol' : `*a${i - 1}`).join(', ')}]`,
).join('\n');

const tokenPattern = /[A-Za-z_][\w-]*|-?\d+(?:\.\d+)?|\s+|[^\w\s]/g;

function tokenReplaced(random: RandomGenerator, text: string): string {
  const tokens: readonly string[] = text.match(tokenPattern) ?? [];
  if (tokens.length === 0) return hostileToken(random);
  const at = uniformInt(random, 0, tokens.length - 1);
  const old = tokens[at] ?? '';
  const fresh = (): string => {
    if (/^-?\d/.test(old) && randomChance(random, 0.7)) return String(randomChoice(random, hostileNumbers));
    if (/^\w/.test(old) && randomChance(random, 0.7)) return randomChoice(random, hostileTexts);
    return randomChance(random, 0.5) ? randomChoice(random, tokens) : hostileToken(random);
  };
  return tokens.with(at, fresh()).join('');
}

function linesChanged(random: RandomGenerator, text: string): string {
  const lines = text.split('\n');
  const at = uniformInt(random, 0, lines.length - 1);
  const line = lines[at] ?? '';
  switch (uniformInt(random, 0, 4)) {
    case 0:
      return lines.toSpliced(at, 1).join('\n');
    case 1:
      return lines.toSpliced(at, 0, line).join('\n');
    case 2:
      return lines.with(at, `${' '.repeat(uniformInt(random, 1, 4))}${line}`).join('\n');
    case 3:
      return lines.with(at, line.trimStart()).join('\n');
    default:
      return lines.with(at, lines[uniformInt(random, 0, lines.length - 1)] ?? '').join('\n');
  }
}

/** One change of a text: a token or a line, or an inserted token with a meaning in YAML, JSON or XML. */
export function mutateText(random: RandomGenerator, text: string): string {
  const at = uniformInt(random, 0, text.length);
  const inserted = (what: string): string => text.slice(0, at) + what + text.slice(at);
  const pick = uniformInt(random, 0, 99);
  if (pick < 45) return tokenReplaced(random, text);
  if (pick < 65) return linesChanged(random, text);
  if (pick < 80) return inserted(randomChoice(random, snippets));
  if (pick < 92) return inserted(hostileToken(random));
  if (pick < 94) return `${laughs}\n${text}`;
  return text.slice(0, at);
}
