import { parseJson } from '@rheobase/network';
import { z } from 'zod';

/** What a file stores, in words for messages. */
export interface KeptState {
  /** The file's name. */
  readonly source: string;
  /** `checkpoint` */
  readonly what: string;
  /** The one that is read here. */
  readonly version: number;
  /** The package whose other versions write other ones. */
  readonly writer: string;
}

/**
 * The state that a file has as JSON, with its field `version`. A digest shows that a file is as it was written, not that it was written well.
 *
 * @throws naming the file, and the field that is wrong or the version that is not read here.
 */
export function decodeKeptState<State>(
  text: string,
  schema: z.ZodType<State>,
  { source, what, version, writer }: KeptState,
): State {
  const data = parsed(text);
  const versioned = z.looseObject({ version: z.unknown() }).safeParse(data);
  if (versioned.success && versioned.data.version !== version) {
    throw new Error(
      `${source}: the ${what} has format version ${String(versioned.data.version)}, but version ${version} is read here. ` +
        `Resume with the version of ${writer} that wrote it.`,
    );
  }
  const read = schema.safeParse(data);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const path = issue?.path.map(String).join('.') ?? '';
  const field = path === '' ? '' : `, in its field '${path}'`;
  throw new Error(
    `${source}: this is not a ${what} that can be resumed${field}: ${issue?.message ?? 'it is malformed'}. Remove the file to start again.`,
  );
}

function parsed(text: string): unknown {
  try {
    return parseJson(text, 'the state');
  } catch {
    return undefined;
  }
}
