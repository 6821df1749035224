/**
 * The figures of the page: a value and its line over the last minutes.
 * @module
 */
import { type Chart, createChart, rangeText, setText } from './chart.ts';
import type { ChartBox, ChartValue } from './chart-path.ts';
import { FIGURES, type FigureSpec, type NodeState } from './node-state.ts';

/** One value a second. */
const BOX: ChartBox = { width: 240, height: 48, slots: 120 };

type Figure = { readonly spec: FigureSpec; readonly root: Element; readonly values: ChartValue[]; readonly chart: Chart };

function chartIn(root: Element): Chart {
  const chart = createChart(BOX);
  root.append(chart.element);
  return chart;
}

function show({ spec, root, values, chart }: Figure, before: NodeState, after: NodeState): void {
  const value = spec.value(before, after);
  values.push(value);
  if (values.length > BOX.slots) values.shift();
  chart.show(values, `${spec.title}, last ${values.length} seconds: ${rangeText(values, spec.format)}`);
  setText(root.querySelector('.title'), spec.title);
  setText(root.querySelector('.value'), value === undefined ? '–' : spec.format(value));
  setText(root.querySelector('.detail'), spec.detail(after));
}

/** Takes the figures over from the page as it came. @returns what to call with each two looks at the node */
export function startCharts(): (before: NodeState, after: NodeState) => void {
  const figures = FIGURES.flatMap((spec): Figure[] => {
    const root = document.querySelector(`[data-figure="${spec.key}"]`);
    return root === null ? [] : [{ spec, root, values: [], chart: chartIn(root) }];
  });
  return (before, after) => {
    for (const figure of figures) show(figure, before, after);
  };
}
