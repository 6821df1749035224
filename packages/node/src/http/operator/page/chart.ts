/**
 * A chart on the page: the line of a series and the area below it.
 * @module
 */
import { type ChartAxis, type ChartBox, type ChartValue, chartPaths } from './chart-path.ts';

const SVG = 'http://www.w3.org/2000/svg';

export type Chart = {
  readonly element: SVGSVGElement;
  /** Shows a series. @param label - for those who do not see it. */
  readonly show: (values: readonly ChartValue[], label: string, axis?: ChartAxis) => void;
};

/** A chart that is as large as its style says. @param box - of its coordinates. */
export function createChart(box: ChartBox): Chart {
  const element = document.createElementNS(SVG, 'svg');
  element.setAttribute('viewBox', `0 -2 ${box.width} ${box.height + 4}`);
  element.setAttribute('preserveAspectRatio', 'none');
  element.setAttribute('role', 'img');
  const [area, line, points] = ['area', 'line', 'points'].map((className) => {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('class', className);
    element.append(path);
    return path;
  });
  return {
    element,
    show: (values, label, axis) => {
      const paths = chartPaths(values, box, axis);
      area?.setAttribute('d', paths.area);
      line?.setAttribute('d', paths.line);
      points?.setAttribute('d', paths.points);
      element.setAttribute('aria-label', label);
    },
  };
}

/** From where to where a series goes, for those who do not see it and for those who want to know. */
export function rangeText(values: readonly ChartValue[], format: (value: number) => string): string {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return 'nothing yet';
  return `${format(Math.min(...known))} to ${format(Math.max(...known))}`;
}

/** Writes a text where there is another. */
export function setText(element: Element | null, text: string): void {
  if (element !== null && element.textContent !== text) element.textContent = text;
}
