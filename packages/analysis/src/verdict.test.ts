import { describe, expect, it } from 'vitest';
import { describeVerdict } from './describe-verdict.js';
import type { LedgerSummary } from './error-ledger.js';
import type { ErrorKind, LayerErrors } from './layer-errors.js';
import { verdict } from './verdict.js';

const size = (relative: number) => ({ mean: 0, meanAbsolute: relative, relative });

/** A layer with the given relative errors, those of a mean activation of 1. */
function layer(
  node: string,
  errors: Partial<Record<ErrorKind | 'total' | 'representation' | 'early' | 'late', number>>,
  reads: readonly string[] = [],
): LayerErrors {
  const { propagated = 0, clipping = 0, quantization = 0, residual = 0, early = 0, late = residual - early } = errors;
  const part = (relative: number) => ({ count: 0, share: 0, relative });
  return {
    node,
    neurons: 1,
    reads,
    meanActivation: 1,
    propagated: size(propagated),
    clipping: size(clipping),
    quantization: size(quantization),
    residual: size(residual),
    residualShares: { early: part(early), late: part(late) },
    representation: size(errors.representation ?? clipping + quantization),
    total: size(errors.total ?? propagated + clipping + quantization + residual),
    unexplained: size(0),
  };
}

function ledger(
  agreement: number,
  layers: readonly LayerErrors[],
  { difference = 0.1, images = 200 } = {},
): LedgerSummary {
  return { steps: 4, images, layers, outputs: [{ node: 'y', difference, agreement }] };
}

describe('verdict', () => {
  it('finds nothing wrong where the classes agree and the outputs are close', () => {
    const found = verdict(ledger(0.995, [layer('a', { residual: 0.5 })]));
    expect(found).toEqual({ kind: 'faithful', agreement: 0.995, difference: 0.1, images: 200 });
    expect(describeVerdict(found)).toMatch(/matches its source.*differ by 10\.0 %.*99\.5 % of the images\.$/);
    expect(verdict(ledger(0.995, []), { faithfulFrom: 1 })).toMatchObject({ kind: 'lossy' });
  });

  it.each([0.21, 3.587, Infinity, Number.NaN])(
    'finds outputs that differ by %s no copy, though the classes agree',
    (difference) => {
      const found = verdict(ledger(1, [layer('a', { residual: 0.5 })], { difference }));
      expect(found).toMatchObject({ kind: 'lossy', classesAgree: true, findings: [{ node: 'a' }] });
      expect(describeVerdict(found)).toMatch(
        /^The spiking network gives the same classes as its source, but not the same outputs: the outputs differ by/,
      );
      expect(verdict(ledger(1, [], { difference: 3 }), { faithfulWithin: 4 })).toMatchObject({ kind: 'faithful' });
    },
  );

  it('says that a few images cannot tell', () => {
    const of = (images: number, agreement: number) => describeVerdict(verdict(ledger(agreement, [], { images })));
    expect(of(4, 1)).toMatch(/matches its source.* Only 4 images were compared, too few.*at least 100\.$/);
    expect(of(1, 0)).toMatch(/differs from its source.* Only 1 image was compared/);
    expect(of(100, 1)).not.toMatch(/Only/);
  });

  it('names the fewest layers and errors that make up half of what arises, the largest first', () => {
    const layers = [
      layer('a', { clipping: 0.1, quantization: 0.1 }),
      layer('b', { residual: 0.6, early: 0.4 }, ['a']),
      layer('c', { residual: 0.5, early: 0.1 }, ['b']),
      layer('d', { quantization: 0.2 }, ['c']),
    ];
    expect(verdict(ledger(0.5, layers))).toEqual({
      kind: 'lossy',
      agreement: 0.5,
      difference: 0.1,
      images: 200,
      classesAgree: false,
      steps: 4,
      shares: {
        clipping: expect.closeTo(0.1 / 1.5, 9),
        quantization: expect.closeTo(0.3 / 1.5, 9),
        residual: expect.closeTo(1.1 / 1.5, 9),
      },
      findings: [
        { error: 'residual', node: 'b', relative: 0.6, share: expect.closeTo(0.4, 9), mostly: 'early' },
        { error: 'residual', node: 'c', relative: 0.5, share: expect.closeTo(1 / 3, 9), mostly: 'late' },
      ],
    });
    expect(verdict(ledger(0.5, layers), { explaining: 1, atMost: 3 })).toMatchObject({ findings: { length: 3 } });
  });

  it('takes no rounding for an error that the source does itself', () => {
    const layers = [layer('a', { clipping: 0.5, quantization: 0.5, representation: 0, residual: 0.1 })];
    expect(verdict(ledger(0.5, layers))).toMatchObject({ findings: [{ error: 'residual', share: 1 }] });
  });

  it('tells where an error is amplified, and from which layers it comes', () => {
    const layers = [
      layer('a', { quantization: 0.2 }),
      layer('b', { quantization: 0.1 }),
      layer('c', { propagated: 0.6, residual: 0.1 }, ['a', 'b']),
      layer('d', { propagated: 0.8 }, ['c']),
    ];
    const found = verdict(ledger(0.5, layers));
    expect(found).toMatchObject({
      findings: [
        { error: 'quantization', node: 'a' },
        { error: 'propagated', node: 'c', relative: 0.6, gain: expect.closeTo(3, 9), from: ['a', 'b'] },
      ],
    });
  });

  it('says in words what is lost, where, by which error, and what to do about each', () => {
    const layers = [
      layer('stem', { clipping: 0.3 }),
      layer('wide', { quantization: 0.3 }, ['stem']),
      layer('deep', { propagated: 0.9, residual: 0.35, early: 0.3 }, ['wide']),
    ];
    const text = describeVerdict(verdict(ledger(0.4, layers), { explaining: 1 }));
    expect(text).toMatch(
      /^The spiking network differs from its source: .*agree on the class of 40\.0 % of the images\.\n/,
    );
    expect(text).toMatch(
      /Of the errors that arise in its layers, 31\.6 % are clipping, 31\.6 % are quantization, 36\.8 % are residual\./,
    );
    expect(text).toMatch(/deep: residual error of 35\.0 % .*; mostly spikes fired before the inhibition arrived/);
    expect(text).toMatch(/deep: propagated error of 90\.0 %, 3\.0 times what wide gives it/);
    expect(text).toMatch(/clipping: raise θ of stem/);
    expect(text).toMatch(/quantization: use more than 4 time steps/);
    expect(text).toMatch(/residual: calibrate \(stage II\).*start at deep/);
    expect(text).toMatch(/propagated: deep only passes on/);
    expect(describeVerdict(verdict(ledger(0.4, [])))).toMatch(/No layer of neurons.*look at the read-out/);
  });
});
