import { presentStage, withPresentNames } from '../../former-names.js';
import { resultVersion } from '../runner/run-plan.js';

/**
 * A result with the present names of stages: one without a version is from before they were called so.
 *
 * @param file for messages
 * @throws naming the file, if a later version of the program wrote it.
 */
export function presentResult(content: unknown, file: string): unknown {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return content;
  const fields = new Map<string, unknown>(Object.entries(content));
  const version = fields.get('version');
  if (typeof version === 'number' && version > resultVersion) {
    throw new Error(
      `${file}: a later version of Rheobase wrote it (version ${version} of results). Read it with that.`,
    );
  }
  if (version !== undefined) return content;
  for (const name of ['stages', 'validation', 'details', 'seconds']) {
    const value = fields.get(name);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      fields.set(name, withPresentStages(value));
  }
  const network = fields.get('network');
  if (typeof network === 'string') fields.set('network', presentStage(network));
  const { expectations, ...rest } = Object.fromEntries(fields);
  return { ...rest, ...(expectations !== undefined && { expectations: withPresentNames(expectations) }) };
}

function withPresentStages(byStage: object): object {
  return Object.fromEntries(
    Object.entries(byStage).map(([name, value]: [string, unknown]) => [presentStage(name), value]),
  );
}
