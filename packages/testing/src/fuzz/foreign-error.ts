import { FuzzFinding } from './fuzz-target.js';

/** Classes of the errors that the project throws on purpose; not those of the JavaScript engine (TypeError, SyntaxError …). */
const ownClasses: ReadonlySet<string> = new Set([
  'Error',
  'NetworkError',
  'ConversionError',
  'InvalidArgumentError',
  'OnnxRefusal',
]);

/** In characters. A message never quotes a whole file. */
const longestMessage = 20_000;

/** Patterns of unedited library messages. */
const rawOutput = [/"code":\s*"/, /\[object \w+\]/, /^Cannot read properties/, /is not a function/];

/** The origin of an error: the first line of its stack that names a file. */
function origin(error: Error): string {
  return error.stack?.split('\n').find((line) => /^\s+at .*[:/]/.test(line)) ?? '';
}

/** The project's RangeErrors end in a full stop; V8's do not. */
const isOwnRangeError = (error: Error): boolean =>
  error.constructor.name === 'RangeError' && /[.?]$/.test(error.message);

/**
 * Why an error is not one that a user should see; undefined for one of the project's own. Those are recognized by their class, by their origin (the
 * project's code, not a library's or Node's), by naming the file, and by being short. (Control characters are left to the code that prints the
 * message.)
 *
 * @param named what the message must contain
 */
export function foreignError(error: unknown, named?: string | RegExp): string | undefined {
  if (!(error instanceof Error)) return `something other than an error was thrown: ${String(error).slice(0, 200)}`;
  const { message } = error;
  const short = message.length > 400 ? `${message.slice(0, 400)}…` : message;
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? [];
  const told = [`${error.constructor.name}: ${short}`, ...frames.slice(0, 12)].join('\n');
  if (error instanceof FuzzFinding) return short;
  if (!ownClasses.has(error.constructor.name) && !isOwnRangeError(error)) return `not an error of the project: ${told}`;
  if (/node_modules|\(?node:/.test(origin(error))) return `the error of a library, passed on as it is: ${told}`;
  if ('code' in error && /^[A-Z]+: /.test(message)) return `the system's error, passed on as it is: ${told}`;
  if (message.length > longestMessage) return `a message of ${message.length} characters: ${told}`;
  if (rawOutput.some((pattern) => pattern.test(message))) return `unedited output in the message: ${told}`;
  const names = named === undefined || (typeof named === 'string' ? message.includes(named) : named.test(message));
  return names ? undefined : `the message does not name the file (${String(named)}): ${told}`;
}
