import { deepStrictEqual, match, ok, strictEqual, throws } from 'node:assert/strict';
import type { Network } from '@rheobase/network';
import { inferShapes, shapeAt, validateNetwork } from '@rheobase/network';
import type { TestRunner } from './conformance.js';
import type { DetectorFamily } from './detectors/detector-family.js';
import { headSpecOf } from './detectors/head-spec.js';
import { parameterCount } from './parameter-count.js';

/** What the suite may know about a detector beyond what every one must keep to. */
export interface DetectorExpectations {
  /** Options that make the networks of the suite small enough to build many times. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Trained values with the defaults, the statistics of batch norms left out. */
  readonly parameters?: number;
}

/**
 * What every detector family must keep to, as tests for a test runner:
 *
 *     import { describe, it } from 'vitest';
 *     import { testDetectorFamily } from '@rheobase/models/conformance';
 *     testDetectorFamily(myDetector, { describe, it });
 */
export function testDetectorFamily(
  family: DetectorFamily,
  { describe, it }: TestRunner,
  { options = {}, parameters }: DetectorExpectations = {},
): void {
  const build = (more: Readonly<Record<string, unknown>> = {}): Network => family.build({ ...options, ...more });

  describe(`${family.name} is a detector family`, () => {
    it('that says what it is, where it comes from and what its inputs look like', () => {
      for (const field of ['name', 'summary', 'source', 'normalization'] as const) {
        ok(family[field].length > 0, `its ${field} is empty`);
      }
      const { classNames } = family;
      if (classNames !== undefined) strictEqual(classNames.length, family.options['classes']?.default);
    });

    it('whose options are documented and accept their own defaults', () => {
      for (const name of ['classes', 'inputShape', 'activation', 'initialization', 'seed']) {
        ok(Object.hasOwn(family.options, name), `it has no option '${name}'`);
      }
      for (const [name, option] of Object.entries(family.options)) {
        ok(option.summary.length > 0 && option.values.length > 0, `its option '${name}' is not documented`);
        ok(option.accepts(option.default), `its option '${name}' does not accept its default`);
      }
    });

    it('that builds a well-formed network with one input, an output for each map of its head, and its name', () => {
      const network = build();
      deepStrictEqual(validateNetwork(network), []);
      strictEqual(network.metadata['model'], family.name);
      strictEqual(network.nodes.filter((node) => node.op === 'input').length, 1);
      const outputs = network.nodes.filter((node) => node.op === 'output').map(({ name }) => name);
      deepStrictEqual(
        headSpecOf(network).maps.map(({ output }) => output),
        outputs,
      );
    });

    it('whose maps have a cell for every stride of the input, and more channels the more classes', () => {
      const channels = [2, 7].map((classes) => {
        const network = build({ classes });
        const shapes = inferShapes(network);
        const spec = headSpecOf(network);
        strictEqual(spec.classes, classes);
        const [height = 0, width = 0] = shapeAt(shapes, 'input');
        return spec.maps.map(({ output, stride, anchors }) => {
          const [rows, columns, own = 0] = shapeAt(shapes, output);
          deepStrictEqual([rows, columns], [height / stride, width / stride]);
          return { own, each: Math.max(1, anchors.length) };
        });
      });
      channels[0]?.forEach(({ own, each }, map) => strictEqual((channels[1]?.[map]?.own ?? 0) - own, 5 * each));
    });

    it('that gives the same weights for the same seed and leaves them at zero on demand', () => {
      deepStrictEqual(build({ seed: 3 }).parameters, build({ seed: 3 }).parameters);
      for (const [name, { role, data }] of build({ initialization: 'zeros' }).parameters) {
        if (role === 'weight')
          ok(
            data.every((value) => value === 0),
            `'${name}' is not zero`,
          );
      }
    });

    it('that puts at each activation site what it is given', () => {
      const network = build({ activation: () => ({ kind: 'something-else' }) });
      const sites = network.nodes.filter((node) => node.op === 'activation');
      ok(sites.length > 0, 'it has no activation site');
      for (const { name, activation } of sites) strictEqual(activation.kind, 'something-else', name);
    });

    it('that refuses an unknown option, and an input that its strides do not fit, naming both', () => {
      throws(() => build({ clases: 10 }), /clases.*classes/s);
      throws(
        () => build({ inputShape: [100, 96, 3] }),
        (error) => {
          match(String(error), /inputShape/);
          return true;
        },
      );
    });

    if (parameters !== undefined) {
      it(`of ${parameters} parameters`, () => {
        strictEqual(parameterCount(family.build({ initialization: 'zeros' })), parameters);
      });
    }
  });
}
