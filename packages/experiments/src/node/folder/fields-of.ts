import { parseJson } from '@rheobase/network';

/** The fields of an object written as JSON; nothing where the text is no such thing, as where a process was killed while it wrote. */
export function fieldsOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const content: unknown = parseJson(text, 'the text');
    return typeof content === 'object' && content !== null ? { ...content } : undefined;
  } catch {
    return undefined;
  }
}
