/**
 * The charts of a canister: a small one in its row, larger ones below a row that is open.
 * @module
 */
import { CANISTER_FIGURES, type CanisterFigure, type CanisterHistory, SAMPLES_MAX } from './canister-history.ts';
import { type Chart, createChart, rangeText, setText } from './chart.ts';
import { formatCount } from './format.ts';
import type { PageCanister } from './node-state.ts';

/** Of the small chart, which has room for the last minute or so. */
const SPARK_SLOTS = 30;

/** Something that shows the series of a canister. */
export type CanisterView = { readonly element: Element; readonly show: (canister: PageCanister, history: CanisterHistory) => void };

const nameOf = ({ id, name }: PageCanister): string => name ?? id;

function textElement(kind: string, className: string): HTMLElement {
  const element = document.createElement(kind);
  element.className = className;
  return element;
}

/** Messages per second: the number and a line beside it. */
export function createSpark(): CanisterView {
  const element = textElement('span', 'spark');
  const value = textElement('span', 'rate');
  const chart = createChart({ width: 80, height: 16, slots: SPARK_SLOTS });
  element.append(chart.element, value);
  return {
    element,
    show: (canister, history) => {
      const values = history.values('messages').slice(-SPARK_SLOTS);
      chart.show(values, `Messages per second of ${nameOf(canister)}: ${rangeText(values, formatCount)}`);
      const last = values.at(-1);
      setText(value, last === undefined ? '–' : `${formatCount(last)}/s`);
    },
  };
}

type Part = {
  readonly figure: CanisterFigure;
  readonly root: HTMLElement;
  readonly value: HTMLElement;
  readonly detail: HTMLElement;
  readonly range: HTMLElement;
  readonly chart: Chart;
};

function createPart(figure: CanisterFigure): Part {
  const root = textElement('section', 'figure');
  const title = textElement('h3', 'title');
  title.textContent = figure.title;
  const [value, detail, range] = ['value', 'detail', 'range'].map((className) => textElement('p', className)) as [
    HTMLElement,
    HTMLElement,
    HTMLElement,
  ];
  const chart = createChart({ width: 240, height: 64, slots: SAMPLES_MAX });
  root.append(title, value, detail, chart.element, range);
  return { figure, root, value, detail, range, chart };
}

/** All series, each with its chart. */
export function createCanisterCharts(): CanisterView {
  const element = textElement('div', 'figures');
  const parts = CANISTER_FIGURES.map(createPart);
  element.append(...parts.map(({ root }) => root));
  return {
    element,
    show: (canister, history) => {
      for (const { figure, value, detail, range, chart } of parts) {
        const values = history.values(figure.key);
        const last = values.at(-1);
        const extent = rangeText(values, figure.formatEnds);
        chart.show(values, `${figure.title} of ${nameOf(canister)}, last ${history.seconds} seconds: ${extent}`, figure.axis);
        setText(value, last === undefined ? '–' : figure.format(last));
        setText(detail, figure.detail(canister, history.change(figure.key)));
        setText(range, values.length === 0 ? extent : `${extent} in ${history.seconds} s`);
      }
    },
  };
}
