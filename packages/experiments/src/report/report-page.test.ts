import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { reportPage } from './report-page.js';
import { comparingPictures, runPictures } from './report-pictures.js';
import { detectorRun, reportedRun } from './reported-run.fixture.js';
import type { ReportedRun } from './reported-run.js';

/** Every word that comes from data, replaced by markup. */
function hostile(run: ReportedRun, markup: string): ReportedRun {
  const replaced = (value: unknown): unknown => {
    if (typeof value === 'string') return markup;
    if (Array.isArray(value)) return value.map(replaced);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, nested]) => [
        name,
        name === 'kind' || name === 'task' ? nested : replaced(nested),
      ]),
    );
  };
  return replaced(run) as ReportedRun;
}

describe('the report of a run', () => {
  const page = reportPage([reportedRun]);

  it('is one document that loads nothing and runs no script', () => {
    const { document } = parseHTML(page);
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`);
    expect(document.querySelectorAll('script, img, iframe, object, embed').length).toBe(0);
    const links = [...document.querySelectorAll('[href], [src]')].map((element) => element.getAttribute('href'));
    expect(links).toEqual(['data:,']);
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:/);
  });

  it('has accuracy, energy, firing rates, the error ledger and a spike raster as pictures', () => {
    expect(runPictures(reportedRun).map(({ name }) => name)).toEqual([
      'accuracy',
      'energy',
      'firing-rates',
      'error-ledger',
      'spike-raster',
    ]);
    expect(parseHTML(page).document.querySelectorAll('figure svg').length).toBeGreaterThanOrEqual(5);
  });

  it('shares stages out evenly where the error ledger takes several pictures', () => {
    const { ledger } = reportedRun;
    if (ledger === undefined || !('stages' in ledger)) throw new Error('there are two');
    const [stage] = ledger.stages;
    const stages = ['one', 'two', 'three', 'four', 'five'].flatMap((name) =>
      stage ? [{ ...stage, stage: name }] : [],
    );
    const drawn = runPictures({ ...reportedRun, ledger: { ...ledger, stages } });
    const [first, second] = drawn.filter(({ name }) => name.startsWith('error-ledger')).map(({ svg }) => svg);
    expect(first).toMatch(/>three<\/text>/);
    expect(first).not.toMatch(/>four<\/text>/);
    expect(second).toMatch(/>four<\/text>[^]*>five<\/text>/);
  });

  it('has the accuracy after every time step, and published figures with their verdicts', () => {
    expect(page).toContain('<td>90.00 %</td>');
    expect(page).toContain('<span class="good">reproduced</span>');
    expect(page).toContain('<span class="bad">short by 4.00 points</span>');
    expect(page).toContain('not comparable: another method');
  });

  it('marks what was chosen on held-out images, and has those scores and the networks that do not spike in the table', () => {
    const [worse, better] = reportedRun.curves;
    if (worse === undefined || better === undefined) throw new Error('there are two');
    const chosen = reportPage([
      {
        ...reportedRun,
        annHeldOut: 0.9234,
        quantizedHeldOut: 0.8912,
        curves: [
          { ...better, name: 'converted', heldOut: 0.8 },
          { ...worse, name: 'stage2', heldOut: 0.8123 },
        ],
      },
    ]);
    const { document } = parseHTML(chosen);
    const rows = [...(document.querySelector('section .scroll')?.querySelectorAll('tr') ?? [])].map((row) =>
      [...row.querySelectorAll('th, td')].map(({ textContent }) => textContent),
    );
    expect(rows.map((row) => row.slice(0, 2))).toEqual([
      ['', 'held out'],
      ['source network', '92.34 %'],
      ['stage I: quantized, L = 4', '89.12 %'],
      ['stage2 in words', '80.00 %'],
      ['converted in words (chosen on held-out images)', '81.23 %'],
    ]);
    expect(rows[1]?.[5]).toBe('91.00 %');
    expect(new Set(rows.map((row) => row.length)).size).toBe(1);
    expect(page).not.toContain('held out');
    expect(chosen).not.toContain('(the best)');
  });

  it('says that a smoke run means nothing, and why there is no ledger where there is none', () => {
    const { ledger: _, ...rest } = reportedRun;
    const refused = { images: 4, split: 'held out', steps: 4, refused: 'neurons leak' };
    const other = reportPage([{ ...rest, smoke: ['8 images'], ledger: refused }]);
    expect(reportPage([reportedRun, { ...reportedRun, name: 'tried', smoke: ['8 images'] }])).toContain(
      '<a href="#tried">tried</a> (smoke)',
    );
    expect(other).toMatch(/A smoke run: its figures mean nothing\. 8 images/);
    expect(other).toMatch(/no error ledger: neurons leak/);
  });

  it('lets no text from data become markup', () => {
    const [bad, worse] = [reportedRun, detectorRun].map((run) => hostile(run, '<script>alert("x")</script>\'&'));
    if (bad === undefined || worse === undefined) throw new Error('there are two');
    for (const text of [reportPage([bad]), reportPage([worse]), reportPage([bad, worse, reportedRun])]) {
      expect(text).not.toMatch(/<script/);
      expect(parseHTML(text).document.querySelectorAll('script').length).toBe(0);
    }
  });

  it('is drawn of results with a figure that is none, or a single step', () => {
    const [curve] = reportedRun.curves;
    const single = {
      ...reportedRun,
      curves: [{ name: 'converted', label: 'converted', points: curve?.points.slice(0, 1) ?? [] }],
    };
    expect(reportPage([single])).toContain('<svg');
  });
});

describe('the pictures of a report', () => {
  const crowded: ReportedRun = {
    ...reportedRun,
    curves: Array.from({ length: 12 }, (_, method) => ({
      name: `method-${method}`,
      label: `a method with a rather long name that says what it does, the ${method}th of twelve`,
      points: [1, 2, 4, 8, 16, 17, 32].map((steps) => ({
        steps,
        score: 0.9 - 0.4 / steps + 0.001 * method,
        deviation: 0.02,
        firingRate: 0.2,
        sopsPerImage: steps,
        energyRatio: 0.04 * steps + 0.001 * method,
      })),
    })),
  };
  const drawn = runPictures(crowded).flatMap(({ svg, narrow }) => [
    { svg, width: undefined },
    { svg: narrow, width: 346 },
  ]);

  it('have no letters too small to read, and a form for the width of a phone', () => {
    for (const { svg, width } of drawn) {
      const sizes = [...svg.matchAll(/font-size[=:]"?\s*([\d.]+)/g)].map(([, size]) => Number(size));
      expect(Math.min(...sizes)).toBeGreaterThanOrEqual(11);
      if (width !== undefined) expect(svg).toContain(`width="${width}"`);
    }
  });

  it('are drawn in colors that each have another for dark screens', () => {
    const dark = reportPage([crowded]);
    const used = new Set(
      drawn.flatMap(({ svg }) => [...svg.matchAll(/(?:fill|stroke)="(#[0-9a-f]+)"/g)].map(([, color]) => color)),
    );
    expect(used.size).toBeGreaterThan(8);
    for (const color of used) expect(dark, color).toMatch(new RegExp(`figure svg \\[fill="${color}"\\] \\{ fill: #`));
  });
});

describe('the beginning of a report', () => {
  it('tells when the run was started, by which command, and with which settings', () => {
    const page = reportPage([reportedRun]);
    expect(page).toContain('>2026-01-31 12:34 UTC</time>');
    expect(page).toContain('<code>rheobase reproduce two-stage/cifar10-resnet20 --steps 4</code>');
    expect(page).toContain('<dt>data.heldOut</dt><dd>5000</dd>');
    expect(reportPage([detectorRun])).not.toMatch(/Started on|<details>/);
  });
});

describe('the report of a run on a detector', () => {
  const page = reportPage([detectorRun]);

  it('has mean AP@0.5 and its cost as pictures and as a table, with the distance of the maps', () => {
    expect(runPictures(detectorRun).map(({ name }) => name)).toEqual(['mean-ap', 'energy', 'firing-rates']);
    expect(page).toContain('<h3>Mean AP@0.5 after T time steps</h3>');
    expect(page).toContain('<td>85.00 %</td>');
    expect(page).toContain('bptt in words');
    expect(page).toContain('<td class="words">stage II (b): layer-wise BPTT</td>');
    expect(page).toMatch(/distance of the maps<\/th>[^]*<td>0\.125<\/td>/);
    expect(page).toMatch(/mean AP by the protocol voc-2010/);
    expect(page).toMatch(/quantized, L = 8/);
    expect(page).not.toMatch(/[aA]ccuracy/);
  });

  it('says why no figure is expected, without a heading over published ones that are not there, and leaves out firing rates that were not kept', () => {
    expect(page).toContain('No figure is expected: the set is in no table.');
    expect(page).not.toContain('Published figures');
    expect(reportPage([reportedRun])).toContain('<h3>Published figures</h3>');
    expect(runPictures({ ...detectorRun, firing: [] }).map(({ name }) => name)).toEqual(['mean-ap', 'energy']);
  });
});

describe('the report of several runs', () => {
  const others = [reportedRun, { ...reportedRun, name: 'second' }];

  it('has a table and pictures of what each ends with, and a section for each', () => {
    const page = reportPage(others);
    expect(page).toContain('<a href="#second">second</a>');
    expect(page).toContain('<section id="second">');
    expect(comparingPictures(others)[0]?.svg).toMatch(/>first<\/text>[^]*>second<\/text>/);
    expect(page).not.toMatch(/class="notice"/);
  });

  it('warns where runs are not about the same images', () => {
    expect(reportPage([reportedRun, { ...reportedRun, name: 'second', images: 10, dataset: 'cifar100' }])).toMatch(
      /The runs differ in their data set and number of test images/,
    );
  });

  it('of different tasks has a table for each, headed by its own score, and no figures of both on one axis', () => {
    const mixed = [reportedRun, detectorRun, others[1] ?? reportedRun, { ...detectorRun, name: 'more scenes' }];
    expect(comparingPictures(mixed).map(({ name }) => name)).toEqual([
      'accuracy',
      'accuracy-energy',
      'mean-ap',
      'mean-ap-energy',
    ]);
    expect(comparingPictures([detectorRun, detectorRun]).map(({ name }) => name)).toEqual(['mean-ap', 'energy']);
    const { document } = parseHTML(reportPage(mixed));
    const [classifiers, detectors] = [...document.querySelectorAll('main > .scroll')];
    const cellsOf = (table: typeof classifiers): readonly (string | null)[] =>
      [...(table?.querySelectorAll('th, td:first-child') ?? [])].map(({ textContent }) => textContent);
    expect(cellsOf(classifiers)).toEqual(expect.arrayContaining(['Accuracy of the source', 'first', 'second']));
    expect(cellsOf(detectors)).toEqual(expect.arrayContaining(['Mean AP@0.5 of the source', 'scenes', 'more scenes']));
    expect(cellsOf(classifiers)).not.toContain('scenes');
    expect([...document.querySelectorAll('main > h2')].map(({ textContent }) => textContent)).toEqual([
      'Classifiers',
      'Detectors',
    ]);
    expect(document.querySelectorAll('.notice').length).toBe(0);
  });

  it('draws no comparison of a run that is the only one of its task', () => {
    expect(comparingPictures([reportedRun, detectorRun])).toEqual([]);
    expect(comparingPictures([...others, detectorRun]).map(({ name }) => name)).toEqual([
      'accuracy',
      'accuracy-energy',
    ]);
  });

  it('without one is refused', () => {
    expect(() => reportPage([])).toThrow(/at least one run/);
  });
});
