/** A published figure compared with the measured one. */
export type Verdict =
  | { readonly kind: 'reproduced' }
  /** By how much the measured accuracy misses what is tolerated, 0…1. */
  | { readonly kind: 'short'; readonly by: number }
  | NotComparable;

export interface NotComparable {
  readonly kind: 'not comparable';
  readonly reason: string;
}

/** For the figures of a smoke run, which mean nothing: neither they nor a difference are shown. */
export const besideSmoke: NotComparable = { kind: 'not comparable', reason: 'a smoke run' };
