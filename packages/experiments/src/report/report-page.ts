import { darkRules, pageColors } from './colors.js';
import { escapeMarkup } from './markup.js';
import { comparingPictures, groupsOf, type ReportPicture, runPictures } from './report-pictures.js';
import type { Curve, ReportedFigure, ReportedLedger, ReportedRun } from './reported-run.js';
import { scoreName } from './score-name.js';
import { stageInWords } from './stage-words.js';

const pictures = 'figure svg';

const style = `
:root { color-scheme: light dark; ${pageColors('light')} }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 ui-sans-serif, system-ui, "DejaVu Sans", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 20px; margin: 48px 0 4px; overflow-wrap: anywhere; }
h3 { font-size: 15px; margin: 28px 0 8px; }
p { margin: 4px 0 12px; max-width: 76ch; }
a { color: inherit; }
code { font: 12px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.faint { color: var(--faint); }
.cards { display: flex; flex-wrap: wrap; gap: 10px; margin: 16px 0; padding: 0; list-style: none; }
.cards li { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 8px 14px; }
.cards b { display: block; font-size: 18px; font-variant-numeric: tabular-nums; }
.cards span { color: var(--faint); font-size: 12px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; background: var(--card); font-variant-numeric: tabular-nums; font-size: 13px; }
th, td { border: 1px solid var(--line); padding: 4px 10px; text-align: right; white-space: nowrap; }
th:first-child, td:first-child, td.words { text-align: left; }
td.words { white-space: normal; min-width: 16ch; }
thead th { background: var(--head); font-weight: 600; }
tr.best td { font-weight: 600; background: var(--best); }
.good { color: var(--good); } .bad { color: var(--bad); }
.notice { background: var(--notice); border: 1px solid var(--edge); border-radius: 8px; padding: 8px 14px; }
figure { margin: 12px 0; overflow-x: auto; }
${pictures} { display: block; box-sizing: border-box; max-width: 100%; height: auto; border: 1px solid var(--line); border-radius: 8px; }
.narrow { display: none; }
.narrow svg { max-width: none; }
details { margin: 12px 0; }
summary { cursor: pointer; font-weight: 600; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; font-size: 12px; margin: 8px 0; }
dt { color: var(--faint); } dd { margin: 0; overflow-wrap: anywhere; font-family: ui-monospace, "DejaVu Sans Mono", monospace; }
@media (max-width: 800px) {
  h1 { font-size: 21px; }
  h2 { font-size: 18px; }
  .wide { display: none; }
  .narrow { display: block; }
  dl { grid-template-columns: 1fr; }
  dd { margin-bottom: 6px; }
}
@media (prefers-color-scheme: dark) {
:root { ${pageColors('dark')} }
${darkRules(pictures)}
}
`;

/**
 * A report on runs as one HTML document that loads nothing and runs no script. Everything that comes from data is escaped.
 *
 * @throws if there is no run.
 */
export function reportPage(runs: readonly ReportedRun[]): string {
  const [first] = runs;
  if (first === undefined) throw new Error('A report needs at least one run.');
  const title = runs.length === 1 ? `${first.table}: ${first.model} on ${first.dataset}` : `${runs.length} runs`;
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    // A browser asks for an icon by itself unless there is one.
    '<link rel="icon" href="data:,">',
    `<title>${escapeMarkup(title)} – Rheobase</title>`,
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    '<main>',
    ...(runs.length === 1 ? runSection(first, 'h1') : comparingSections(runs, title)),
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function comparingSections(runs: readonly ReportedRun[], title: string): readonly string[] {
  const groups = groupsOf(runs);
  return [
    `<h1>${escapeMarkup(title)}</h1>`,
    ...groups.flatMap(({ task, own }) => [
      ...(groups.length === 1 ? [] : [`<h2>${groupTitles[task]}</h2>`]),
      ...differencesIn(own),
      endsTable(own),
      ...comparingPictures(own).map(pictured),
    ]),
    ...runs.flatMap((run) => runSection(run, 'h2')),
  ];
}

const groupTitles: Readonly<Record<ReportedRun['task'], string>> = {
  classification: 'Classifiers',
  detection: 'Detectors',
};

/** What runs of one task end with. */
function endsTable(runs: readonly ReportedRun[]): string {
  const rows = runs.map((run) => {
    const last = run.curves.find(({ name }) => name === run.best)?.points.at(-1);
    return cells([
      `<a href="#${anchor(run)}">${escapeMarkup(run.name)}</a>${run.smoke.length > 0 ? ' (smoke)' : ''}`,
      escapeMarkup(run.model),
      escapeMarkup(run.dataset),
      escapeMarkup(run.steps.join(', ')),
      escapeMarkup(run.seeds.join(', ')),
      run.ann === undefined ? '' : percent(run.ann),
      last === undefined ? '' : percent(last.score),
      last === undefined || run.ann === undefined ? '' : points(last.score - run.ann),
      decimals(last?.energyRatio),
    ]);
  });
  const scores = runs.slice(0, 1).flatMap(({ task }) => {
    const { name, title } = scoreName(task);
    return [`${title} of the source`, `${name}, spiking`];
  });
  return table(['run', 'network', 'set', 'T', 'seed', ...scores, 'points to source', 'energy/ANN'], rows);
}

/** Runs of one task are comparable by their figures only on the same images. */
function differencesIn(runs: readonly ReportedRun[]): readonly string[] {
  const what: Readonly<Record<string, (run: ReportedRun) => string | number | undefined>> = {
    'data set': ({ dataset }) => dataset,
    normalization: (run) => (run.task === 'classification' ? run.normalization : undefined),
    'protocol of mean AP': (run) => (run.task === 'detection' ? run.protocol : undefined),
    'number of test images': ({ images }) => images,
  };
  const differing = Object.entries(what).filter(
    ([, of]) => new Set(runs.map(of).filter((value) => value !== undefined)).size > 1,
  );
  if (differing.length === 0) return [];
  const named = differing.map(([name]) => name).join(' and ');
  return [`<p class="notice">The runs differ in their ${named}: their figures cannot be compared.</p>`];
}

function anchor({ name }: ReportedRun): string {
  return encodeURIComponent(name);
}

function runSection(run: ReportedRun, heading: 'h1' | 'h2'): readonly string[] {
  const curve = run.curves.find(({ name }) => name === run.best);
  const last = curve?.points.at(-1);
  const cards: readonly (readonly [string, string])[] = [
    ...(run.ann === undefined ? [] : [['source network', percent(run.ann)] as const]),
    ...(run.quantized === undefined ? [] : [[quantizedLabel(run), percent(run.quantized)] as const]),
    ...(last === undefined
      ? []
      : ([
          [`spiking, T = ${last.steps}`, percent(last.score)],
          ...(run.ann === undefined ? [] : [['points to the source', points(last.score - run.ann)] as const]),
          ['energy relative to the source', decimals(last.energyRatio)],
          ['firing rate', decimals(last.firingRate)],
        ] as const)),
    ['test images', String(run.images)],
  ];
  const title = heading === 'h1' ? `${run.table}: ${run.model} on ${run.dataset}` : `${run.name}: ${run.table}`;
  return [
    `<section id="${anchor(run)}">`,
    `<${heading}>${escapeMarkup(title)}</${heading}>`,
    `<p class="faint">${run.by === undefined ? `${escapeMarkup(run.paper)}. ` : ''}${run.steps.length === 0 ? '' : `T = ${escapeMarkup(run.steps.join(', '))}, `}seed ${escapeMarkup(run.seeds.join(', '))}, ${escapeMarkup(preparation(run))}.</p>`,
    ...beginningOf(run),
    ...(run.smoke.length > 0
      ? [`<p class="notice">A smoke run: its figures mean nothing. ${escapeMarkup(run.smoke.join('; '))}.</p>`]
      : []),
    `<ul class="cards">${cards.map(([what, value]) => `<li><b>${escapeMarkup(value)}</b><span>${escapeMarkup(what)}</span></li>`).join('')}</ul>`,
    `<h3>${scoreName(run.task).title} after T time steps</h3>`,
    scoreTable(run),
    ...figuresTable(run),
    ...runPictures(run).map(pictured),
    ...(run.task === 'classification' ? ledgerRemark(run.ledger) : []),
    '<h3>Time</h3>',
    timeTable(run.seconds),
    '<h3>Provenance</h3>',
    definitions(run.provenance),
    ...(Object.keys(run.settings).length === 0
      ? []
      : [`<details><summary>Settings</summary>${definitions(run.settings)}</details>`]),
    '</section>',
  ];
}

/** When a run was started, and by which command, if its folder says so. */
function beginningOf({ started, command }: ReportedRun): readonly string[] {
  const date = started === undefined ? undefined : `${started.slice(0, 10)} ${started.slice(11, 16)} UTC`;
  return [
    ...(date === undefined
      ? []
      : [
          `<p class="faint">Started on <time datetime="${escapeMarkup(started ?? '')}">${escapeMarkup(date)}</time>.</p>`,
        ]),
    ...(command === undefined ? [] : [`<p><code>${escapeMarkup(command)}</code></p>`]),
  ];
}

function definitions(fields: Readonly<Record<string, string>>): string {
  const entries = Object.entries(fields).map(
    ([what, value]) => `<dt>${escapeMarkup(what)}</dt><dd>${escapeMarkup(value)}</dd>`,
  );
  return `<dl>${entries.join('')}</dl>`;
}

/** What a figure of the run depends on apart from network and images. */
function preparation(run: ReportedRun): string {
  switch (run.task) {
    case 'classification':
      return `normalization ${run.normalization}`;
    case 'detection':
      return `mean AP by the protocol ${run.protocol}`;
  }
}

function quantizedLabel({ levels }: ReportedRun): string {
  return `stage I: quantized${levels === undefined ? '' : `, L = ${levels}`}`;
}

function scoreTable(run: ReportedRun): string {
  const { curves, best } = run;
  const times = [...new Set(curves.flatMap(({ points: at }) => at.map(({ steps }) => steps)))].toSorted(
    (a, b) => a - b,
  );
  const shown = times.length <= 10 ? times : times.filter((t) => Number.isInteger(Math.log2(t)) || t === times.at(-1));
  const hasDistance = curves.some((curve) => curve.points.some(({ distance }) => distance !== undefined));
  const hasHeldOut = [run.annHeldOut, run.quantizedHeldOut, ...curves.map(({ heldOut }) => heldOut)].some(
    (score) => score !== undefined,
  );
  const hasSpikes = curves.some(({ spikes }) => spikes !== undefined);
  const spikesCell = (spikes: string | undefined): readonly string[] =>
    hasSpikes ? [spikes === undefined ? '' : escapeMarkup(spikes)] : [];
  const heldOutCell = (score: number | undefined): readonly string[] =>
    hasHeldOut ? [score === undefined ? '' : percent(score)] : [];
  const costs = ['firing rate', 'SOPs/image', 'energy/ANN', ...(hasDistance ? ['distance of the maps'] : [])];
  // Networks that do not spike have one score, under the last T.
  const analogRow = (label: string, heldOut: number | undefined, score: number): string =>
    cells([
      escapeMarkup(label),
      ...spikesCell(undefined),
      ...heldOutCell(heldOut),
      ...shown.slice(1).map(() => ''),
      percent(score),
      ...costs.map(() => ''),
    ]);
  const rows = curves.map((curve) => {
    const last = curve.points.at(-1);
    return cells(
      [
        `${escapeMarkup(curve.label)}${curve.name === best ? ' <span class="faint">(chosen on held-out images)</span>' : ''}`,
        ...spikesCell(curve.spikes),
        ...heldOutCell(curve.heldOut),
        ...shown.map((t) => scoreCell(curve, t)),
        decimals(last?.firingRate),
        last === undefined ? '' : `${(last.sopsPerImage / 1e6).toFixed(2)} M`,
        decimals(last?.energyRatio),
        ...(hasDistance ? [last?.distance?.toFixed(3) ?? ''] : []),
      ],
      curve.name === best ? ' class="best"' : '',
    );
  });
  return table(
    [
      '',
      ...(hasSpikes ? ['spikes'] : []),
      ...(hasHeldOut ? ['held out'] : []),
      ...shown.map((t) => `T = ${t}`),
      ...costs,
    ],
    [
      ...(run.ann === undefined ? [] : [analogRow('source network', run.annHeldOut, run.ann)]),
      ...(run.quantized === undefined ? [] : [analogRow(quantizedLabel(run), run.quantizedHeldOut, run.quantized)]),
      ...rows,
    ],
  );
}

function scoreCell({ points: at }: Curve, t: number): string {
  const point = at.find(({ steps }) => steps === t);
  if (point === undefined) return '';
  return point.deviation > 0 ? `${percent(point.score)} ± ${(100 * point.deviation).toFixed(2)}` : percent(point.score);
}

function figuresTable({ figures, reason }: ReportedRun): readonly string[] {
  const rows = figures.map((given) =>
    cells([
      escapeMarkup(given.of),
      percent(given.accuracy),
      given.measured === undefined ? '' : percent(given.measured),
      given.difference === undefined ? '' : points(given.difference),
      given.tolerance === undefined ? '' : percent(given.tolerance),
      verdict(given),
      escapeMarkup(given.source),
    ]),
  );
  return [
    ...(reason === undefined ? [] : [`<p class="faint">No figure is expected: ${escapeMarkup(reason)}.</p>`]),
    ...(rows.length === 0
      ? []
      : [
          '<h3>Published figures</h3>',
          table(['', 'published', 'here', 'difference', 'tolerance', 'verdict', 'read in'], rows),
        ]),
  ];
}

function verdict({ verdict: found }: ReportedFigure): string {
  switch (found.kind) {
    case 'reproduced':
      return '<span class="good">reproduced</span>';
    case 'short':
      return `<span class="bad">short by ${(100 * found.by).toFixed(2)} points</span>`;
    case 'not comparable':
      return `not comparable: ${escapeMarkup(found.reason)}`;
  }
}

function ledgerRemark(ledger: ReportedLedger | undefined): readonly string[] {
  if (ledger === undefined || !('refused' in ledger)) return [];
  return [`<p class="faint">There is no error ledger: ${escapeMarkup(ledger.refused)}</p>`];
}

function timeTable(seconds: ReportedRun['seconds']): string {
  const rows = Object.entries(seconds).map(([what, value]) =>
    cells([escapeMarkup(stageInWords(what)), `${value.toFixed(1)} s`]),
  );
  return table(['', 'time'], rows);
}

/** Both forms of a picture, of which the page shows the one that fits. A wide one shrinks a little, and is scrolled rather than shrunk further. */
function pictured({ svg, narrow }: ReportPicture): string {
  const width = Number(/ width="(\d+)"/.exec(svg)?.[1] ?? 0);
  return `<figure><div class="wide" style="min-width: ${Math.floor(0.93 * width)}px">${svg}</div><div class="narrow">${narrow}</div></figure>`;
}

/** Cells that are markup already. */
function cells(values: readonly string[], attributes = ''): string {
  const cell = (value: string): string =>
    /[a-z]{3}.*\s.*[a-z]{3}/.test(value) ? `<td class="words">${value}</td>` : `<td>${value}</td>`;
  return `<tr${attributes}>${values.map(cell).join('')}</tr>`;
}

function table(head: readonly string[], rows: readonly string[]): string {
  const heads = head.map((name) => `<th scope="col">${escapeMarkup(name)}</th>`).join('');
  return `<div class="scroll"><table><thead><tr>${heads}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(2)} %`;
}

/** Nothing where there is no figure. */
function decimals(value = Number.NaN): string {
  return Number.isNaN(value) ? '' : value.toFixed(3);
}

function points(difference: number): string {
  return `${difference < 0 ? '−' : '+'}${(100 * Math.abs(difference)).toFixed(2)}`;
}
