import { escapeMarkup } from '@rheobase/experiments/report';
import type { SpikingSummary } from '@rheobase/experiments';
import { spikingRows } from './spiking-table.js';

const rowHeight = 30;
const top = 66;
const bar = { x: 76, width: 300 };
const width = 760;

/** The table of accuracy and cost against time steps as a picture: an SVG document with a bar per accuracy and a line at the source network's. */
export function tablePicture(title: string, summary: SpikingSummary, annAccuracy: number | undefined): string {
  const rows = spikingRows(summary, annAccuracy);
  const height = top + rows.length * rowHeight + 52;
  const text = (x: number, y: number, content: string, attributes = ''): string =>
    `<text x="${x}" y="${y}" ${attributes}>${escapeMarkup(content)}</text>`;
  const right = 'text-anchor="end"';
  const heads = [
    text(56, 50, 'T', `${right} class="head"`),
    text(bar.x, 50, 'accuracy', 'class="head"'),
    text(500, 50, 'firing rate', `${right} class="head"`),
    text(610, 50, 'SOPs/image', `${right} class="head"`),
    text(728, 50, 'energy/ANN', `${right} class="head"`),
  ];
  const body = rows.flatMap((row, i) => {
    const y = top + i * rowHeight;
    return [
      `<rect x="${bar.x}" y="${y}" width="${bar.width}" height="20" rx="3" fill="#eef1f5"/>`,
      `<rect x="${bar.x}" y="${y}" width="${(bar.width * row.accuracy).toFixed(1)}" height="20" rx="3" fill="#2f6fb0"/>`,
      text(56, y + 15, String(row.steps), right),
      text(
        bar.x + 8,
        y + 15,
        row.cells.accuracy,
        row.accuracy > 0.25 ? 'fill="#ffffff"' : `dx="${bar.width * row.accuracy}"`,
      ),
      text(500, y + 15, row.cells.firingRate, right),
      text(610, y + 15, row.cells.sops, right),
      text(728, y + 15, row.cells.energy, right),
    ];
  });
  const end = top + rows.length * rowHeight;
  const ann =
    annAccuracy === undefined
      ? []
      : [
          `<line x1="${bar.x + bar.width * annAccuracy}" x2="${bar.x + bar.width * annAccuracy}" y1="${top - 6}" y2="${end}" stroke="#c0392b" stroke-width="1.5" stroke-dasharray="4 3"/>`,
          text(
            bar.x + bar.width * annAccuracy,
            end + 14,
            `source network ${(100 * annAccuracy).toFixed(2)} %`,
            'text-anchor="end" fill="#c0392b"',
          ),
        ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeMarkup(title)}">`,
    '<style>text{font:13px ui-sans-serif,system-ui,"DejaVu Sans",sans-serif;fill:#1d2733}text.title{font-weight:600;font-size:15px}text.head{fill:#5b6775}text[fill="#ffffff"]{fill:#ffffff}text[fill="#c0392b"]{fill:#c0392b}</style>',
    `<rect width="${width}" height="${height}" rx="8" fill="#ffffff"/>`,
    text(24, 26, title, 'class="title"'),
    ...heads,
    ...body,
    ...ann,
    text(
      24,
      height - 14,
      `${summary.images} test images · ${summary.energy.model.name} · first layer as MACs ${summary.energy.boundary.firstLayer}, read-out ${summary.energy.boundary.readOut}`,
      'class="head"',
    ),
    '</svg>',
    '',
  ].join('\n');
}
