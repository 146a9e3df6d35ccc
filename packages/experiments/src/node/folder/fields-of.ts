import { parseJson } from '@rheobase/network';

/** The fields of an object written as JSON; nothing if the text is not one, for example because a process was killed while writing. */
export function fieldsOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const content: unknown = parseJson(text, 'the text');
    return typeof content === 'object' && content !== null ? { ...content } : undefined;
  } catch {
    return undefined;
  }
}
