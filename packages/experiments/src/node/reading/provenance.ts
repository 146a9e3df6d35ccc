import type { ReportedRun } from '../../report/reported-run.js';

/** What identifies a run, by name, as reports show it. */
export function provenanceOf(given: {
  readonly versions: Readonly<Record<string, string>>;
  readonly kernels: unknown;
  readonly processor: string;
  readonly sha256: Readonly<Record<string, string>>;
}): ReportedRun['provenance'] {
  const { versions, kernels, processor, sha256 } = given;
  return {
    ...versions,
    kernels: typeof kernels === 'string' ? kernels : JSON.stringify(kernels),
    processor,
    ...Object.fromEntries(Object.entries(sha256).map(([what, hash]) => [`SHA-256 of ${what}`, hash])),
  };
}
