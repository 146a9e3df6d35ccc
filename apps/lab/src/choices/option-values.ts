import { extname } from 'node:path';
import { InvalidArgumentError } from 'commander';

/** Parses an integer from `least` to `most`. */
export function integerFrom(least: number, most = 100_000_000): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`It must be an integer from ${least} to ${most}, such as ${Math.max(least, 8)}.`);
    }
    return value;
  };
}

/** Parses each integer of a repeatable option. */
export function integersFrom(least: number): (text: string, before?: readonly number[]) => readonly number[] {
  const parse = integerFrom(least);
  return (text, before = []) => [...before, parse(text)];
}

/** Parses a number above `above` and up to `most`. */
export function numberUpTo(above: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value > above && value <= most)) {
      throw new InvalidArgumentError(`It must be a number above ${above} and up to ${most}.`);
    }
    return value;
  };
}

/** Parses a number from `least` to `most`, inclusive. */
export function numberFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= least && value <= most)) {
      throw new InvalidArgumentError(`It must be a number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** Parses each such number of a repeatable option. */
export function numbersUpTo(
  above: number,
  most: number,
): (text: string, before?: readonly number[]) => readonly number[] {
  const parse = numberUpTo(above, most);
  return (text, before = []) => [...before, parse(text)];
}

/** Collects `name=value` options into a record; parses numbers and lists of numbers. */
export function assignment(text: string, before: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be written name=value, such as classes=100.');
  return { ...before, [text.slice(0, at)]: optionValue(text.slice(at + 1)) };
}

function optionValue(text: string): unknown {
  const parts = text
    .split(',')
    .map((part) => (part.trim() !== '' && Number.isFinite(Number(part)) ? Number(part) : part));
  return parts.length === 1 ? parts[0] : parts;
}

/** A path; refuses an empty one, as from an unset variable. */
export function path(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must name a file or folder, but is empty.');
  return text;
}

/** The path of a file to write; refuses an extension that does not match the contents, before any work. */
export function fileEndingIn(...endings: readonly [`.${string}`, ...`.${string}`[]]): (text: string) => string {
  return (text) => {
    const file = path(text);
    if (!endings.some((ending) => ending === extname(file).toLowerCase())) {
      throw new InvalidArgumentError(
        `It must name a file that ends in ${endings.join(' or ')}, because that is the format written.`,
      );
    }
    return file;
  };
}

/** Collects a repeatable option. */
export function several(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
