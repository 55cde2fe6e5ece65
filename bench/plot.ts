/**
 * Curves as an SVG picture: a panel each, both axes being logarithmic, or the lower end of the vertical one cut off.
 * @module
 */

import type { Curve, Point } from "./curves.ts";

const PANEL = { width: 260, height: 200, left: 48, bottom: 40, top: 24, right: 12 } as const;
/** What is less is drawn as this, in per cent. */
const LEAST = 0.1;
const MOST = 1000;
const LINES = [
  { key: "slowdown", colour: "#c0392b", label: "slowdown of the program" },
  { key: "cpu", colour: "#2471a3", label: "CPU of the sampler" },
] as const satisfies readonly { key: keyof Point; colour: string; label: string }[];

/** The whole picture. */
export function plot(curves: readonly Curve[]): string {
  const width = PANEL.width * curves.length;
  const height = PANEL.height + 30;
  const panels = curves.map((curve, i) => `<g transform="translate(${i * PANEL.width} 0)">${panel(curve)}</g>`);
  const legend = LINES.map(({ colour, label }, i) =>
    `<text x="${PANEL.left + i * 260}" y="${PANEL.height + 18}" fill="${colour}">&#9632; ${label}, %</text>`
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" ` +
    `font-size="11"><rect width="100%" height="100%" fill="white"/>${panels.join("")}${legend.join("")}</svg>\n`;
}

function panel({ name, points }: Curve): string {
  const [first, last] = [points[0].x, points[points.length - 1].x];
  const across = PANEL.width - PANEL.left - PANEL.right;
  const up = PANEL.height - PANEL.top - PANEL.bottom;
  const x = (value: number) => PANEL.left + across * Math.log(value / first) / Math.log(last / first);
  const y = (value: number) => PANEL.top + up * (1 - share(value));
  const grid = [0.1, 1, 10, 100, 1000].map((value) =>
    `<path d="M${PANEL.left} ${y(value)}h${across}" stroke="#ddd"/>` +
    `<text x="${PANEL.left - 4}" y="${y(value) + 4}" text-anchor="end">${value}</text>`
  );
  const marks = points.map((point) =>
    `<text x="${x(point.x)}" y="${PANEL.height - PANEL.bottom + 14}" text-anchor="middle">${point.x}</text>`
  );
  const lines = LINES.map(({ key, colour }) => {
    const places = points.map((point) => `${x(point.x).toFixed(1)},${y(point[key]).toFixed(1)}`);
    return `<polyline points="${places.join(" ")}" fill="none" stroke="${colour}" stroke-width="2"/>`;
  });
  const title = `<text x="${PANEL.left + across / 2}" y="${PANEL.height - 8}" text-anchor="middle">${name}</text>`;
  return [...grid, ...marks, ...lines, title].join("");
}

/** Where a value lies on the vertical axis, from 0 to 1. */
function share(value: number): number {
  const clipped = Math.min(MOST, Math.max(LEAST, value));
  return Math.log(clipped / LEAST) / Math.log(MOST / LEAST);
}
