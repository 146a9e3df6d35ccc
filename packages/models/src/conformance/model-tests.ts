import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import type { Network } from '@rheobase/network';
import { inferShapes, shapeAt, validateNetwork } from '@rheobase/network';
import type { ModelFamily } from '../model-family.js';
import { parameterCount } from '../parameter-count.js';
import { testAnyFamily } from './family-tests.js';
import type { TestRunner } from './test-runner.js';

/** What the suite may know about a family beyond what every family must keep to. */
export interface ModelExpectations {
  /** Options that make the networks of the suite small enough to build many times. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Published sizes: with `options` in place of those above, this many parameters, without the statistics of batch norms. */
  readonly published?: readonly {
    readonly options: Readonly<Record<string, unknown>>;
    readonly parameters: number;
  }[];
}

/**
 * What every model family must keep to, as tests for a test runner:
 *
 *     import { describe, it } from 'vitest';
 *     import { testModelFamily } from '@rheobase/models/conformance';
 *     testModelFamily(myFamily, { describe, it });
 */
export function testModelFamily(
  family: ModelFamily,
  { describe, it }: TestRunner,
  { options = {}, published = [] }: ModelExpectations = {},
): void {
  const build = (more: Readonly<Record<string, unknown>> = {}): Network => family.build({ ...options, ...more });

  describe(`${family.name} is a model family`, () => {
    testAnyFamily(family, build, { it });

    it('that builds a well-formed network with one input and one output, and its name in the metadata', () => {
      const network = build();
      deepStrictEqual(validateNetwork(network), []);
      strictEqual(network.metadata['model'], family.name);
      for (const op of ['input', 'output'] as const) {
        const names = network.nodes.filter((node) => node.op === op).map(({ name }) => name);
        deepStrictEqual(names, [op], `the ${op} nodes`);
      }
      const wanted = options['inputShape'] ?? family.options['inputShape']?.default;
      deepStrictEqual(shapeAt(inferShapes(network), 'input'), wanted, 'the input has not the shape asked for');
    });

    it('whose output has one element a class', () => {
      for (const classes of [2, 7]) {
        deepStrictEqual([...shapeAt(inferShapes(build({ classes })), 'output')], [classes]);
      }
    });

    for (const { options: full, parameters } of published) {
      it(`of ${parameters} parameters with ${JSON.stringify(full)}`, () => {
        strictEqual(parameterCount(family.build({ ...full, initialization: 'zeros' })), parameters);
      });
    }
  });
}
