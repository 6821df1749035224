/**
 * The figures of the page: a value and its line over the last minutes.
 * @module
 */
import { type ChartBox, type ChartValue, chartPaths } from './chart-path.ts';
import { FIGURES, type FigureSpec, type NodeState } from './node-state.ts';

const SVG = 'http://www.w3.org/2000/svg';
/** One value a second. */
const BOX: ChartBox = { width: 240, height: 48, slots: 120 };

type Drawing = { readonly chart: Element; readonly line: Element; readonly points: Element; readonly area: Element };
type Figure = { readonly spec: FigureSpec; readonly root: Element; readonly values: ChartValue[]; readonly drawing: Drawing };

function pathIn(chart: Element, className: string): Element {
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('class', className);
  chart.append(path);
  return path;
}

function drawingIn(root: Element): Drawing {
  const chart = document.createElementNS(SVG, 'svg');
  chart.setAttribute('viewBox', `0 -2 ${BOX.width} ${BOX.height + 4}`);
  chart.setAttribute('preserveAspectRatio', 'none');
  chart.setAttribute('role', 'img');
  const drawing = { chart, area: pathIn(chart, 'area'), line: pathIn(chart, 'line'), points: pathIn(chart, 'points') };
  root.append(chart);
  return drawing;
}

function setText(root: Element, selector: string, text: string): void {
  const element = root.querySelector(selector);
  if (element !== null && element.textContent !== text) element.textContent = text;
}

function show({ spec, root, values, drawing }: Figure, before: NodeState, after: NodeState): void {
  const value = spec.value(before, after);
  values.push(value);
  if (values.length > BOX.slots) values.shift();
  const paths = chartPaths(values, BOX);
  for (const part of ['line', 'points', 'area'] as const) drawing[part].setAttribute('d', paths[part]);
  const known = values.filter((one) => one !== undefined);
  const range = known.length === 0 ? 'nothing yet' : `${spec.format(Math.min(...known))} to ${spec.format(Math.max(...known))}`;
  drawing.chart.setAttribute('aria-label', `${spec.title}, last ${values.length} seconds: ${range}`);
  setText(root, '.title', spec.title);
  setText(root, '.value', value === undefined ? '–' : spec.format(value));
  setText(root, '.detail', spec.detail(after));
}

/** Takes the figures over from the page as it came. @returns what to call with each two looks at the node */
export function startCharts(): (before: NodeState, after: NodeState) => void {
  const figures = FIGURES.flatMap((spec): Figure[] => {
    const root = document.querySelector(`[data-figure="${spec.key}"]`);
    return root === null ? [] : [{ spec, root, values: [], drawing: drawingIn(root) }];
  });
  return (before, after) => {
    for (const figure of figures) show(figure, before, after);
  };
}
