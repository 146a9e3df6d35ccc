import { deepStrictEqual, match, strictEqual, throws } from 'node:assert/strict';
import type { Network } from '@rheobase/network';
import { inferShapes, shapeAt, validateNetwork } from '@rheobase/network';
import type { DetectorFamily } from '../detectors/detector-family.js';
import { headSpecOf } from '../detectors/head-spec.js';
import { parameterCount } from '../parameter-count.js';
import { testAnyFamily } from './family-tests.js';
import type { TestRunner } from './test-runner.js';

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
    testAnyFamily(family, build, { it });

    it('that names all classes that its published weights know', () => {
      const { classNames } = family;
      if (classNames !== undefined) strictEqual(classNames.length, family.options['classes']?.default);
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

    it('that refuses an input that its strides do not fit, naming the option', () => {
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
