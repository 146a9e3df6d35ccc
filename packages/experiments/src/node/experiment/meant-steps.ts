import type { Extension, TwoStageMethod } from './experiment-schema.js';

type Parted = Pick<TwoStageMethod, 'variants' | 'extensions'>;

/** The extensions of a run, by the names of their stages: those of their places in the file, whichever are left out. */
export function namedExtensions(extensions: readonly Extension[]): readonly (readonly [name: string, Extension])[] {
  return extensions.map((extension, index) => [`extensions-${index + 1}`, extension] as const);
}

/** The parts of a variant of stage II, by the names of their stages. */
export function namedParts(
  variant: string,
  parts: readonly Extension[],
): readonly (readonly [name: string, Extension])[] {
  return parts.map((part, index) => [`stage2-${variant}-${index + 1}`, part] as const);
}

/** Whether an extension applies to runs over a number of time steps: the best end-to-end training over few may take too long over many. */
export function isMeantFor(extension: Extension, steps: number): boolean {
  const { above, upTo } = boundsOf(extension);
  return above < steps && steps <= upTo;
}

/** In words, the extensions and parts of variants that a run over a number of time steps skips. */
export function leftOutAt({ variants, extensions }: Parted, steps: number): readonly string[] {
  return [...variants.flatMap(({ name, parts }) => namedParts(name, parts)), ...namedExtensions(extensions)]
    .filter(([, extension]) => !isMeantFor(extension, steps))
    .map(([name, extension]) => {
      const { above, upTo } = boundsOf(extension);
      const meant = [...(above > 0 ? [`above ${above}`] : []), ...(upTo < Infinity ? [`up to ${upTo}`] : [])];
      return `${name} (${extension.kind}) is left out at T = ${steps}: it is for T ${meant.join(' and ')}`;
    });
}

function boundsOf(extension: Extension): { readonly above: number; readonly upTo: number } {
  const above = 'above' in extension ? extension.above : undefined;
  const upTo = 'upTo' in extension ? extension.upTo : undefined;
  return { above: above ?? 0, upTo: upTo ?? Infinity };
}
