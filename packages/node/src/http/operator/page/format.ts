/**
 * Numbers as people read them, on the server and in the browser.
 * @module
 */

const STEPS = ['', 'k', 'M', 'G', 'T', 'P', 'E'] as const;

/** Three digits and a step of a thousand: `12.3 M`. */
export function formatCount(value: number): string {
  let step = 0;
  let scaled = value;
  while (Math.abs(scaled) >= 999.5 && step < STEPS.length - 1) {
    scaled /= 1000;
    step++;
  }
  const digits = step === 0 && Number.isInteger(scaled) ? 0 : Math.abs(scaled) < 9.995 ? 2 : Math.abs(scaled) < 99.95 ? 1 : 0;
  return `${scaled.toFixed(digits)}${step === 0 ? '' : ` ${STEPS[step]}`}`;
}

/** Seven digits and a step of a thousand: for numbers that differ by little. */
export function formatExact(value: number): string {
  let step = 0;
  let scaled = value;
  while (Math.abs(scaled) >= 1_000 && step < STEPS.length - 1) {
    scaled /= 1_000;
    step++;
  }
  return step === 0 ? formatCount(value) : `${scaled.toPrecision(7).replace(/\.?0+$/, '')} ${STEPS[step]}`;
}

/** Whole numbers with groups of three digits. */
export function formatWhole(value: number | string): string {
  return String(value).replaceAll(/\B(?=(\d{3})+(?!\d))/g, '\u{202f}');
}

/** Bytes in steps of 1,024. */
export function formatBytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
  let unit = 0;
  let scaled = value;
  while (scaled >= 1023.5 && unit < units.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return `${scaled.toFixed(unit === 0 || scaled >= 100 ? 0 : 1)} ${units[unit]}`;
}

/** A time below an hour, to three digits. */
export function formatSeconds(value: number): string {
  if (value === 0) return '0 ms';
  if (value < 0.001) return `${(value * 1e6).toFixed(0)} µs`;
  if (value < 0.9995) return `${(value * 1e3).toFixed(value < 0.01 ? 1 : 0)} ms`;
  return `${value.toFixed(value < 10 ? 2 : 1)} s`;
}

/** For how long something has been there. */
export function formatAge(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min`;
  if (whole < 86_400) return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3_600)} h`;
}

/** Cycles, of which there are often trillions. */
export function formatCycles(decimal: string): string {
  return formatCount(Number(decimal));
}

/** A difference, with its sign. */
export function formatChange(value: number, format: (value: number) => string): string {
  if (value === 0) return 'no change';
  return `${value > 0 ? '+' : '\u{2212}'}${format(Math.abs(value))}`;
}

/** A long hex text in few characters. */
export function shortHash(hex: string): string {
  return hex.length <= 12 ? hex : `${hex.slice(0, 8)}…`;
}

/** Time of day, UTC, from nanoseconds since 1970. */
export function formatTime(timestampNs: string): string {
  const milliseconds = Number(BigInt(timestampNs) / 1_000_000n);
  return new Date(milliseconds).toISOString().slice(11, 23);
}

/** Where a line came from that is in no log of a canister: `query greet`. */
export function originText(from: string, method: string): string {
  return from === 'inspect_message' ? `inspect_message of ${method}` : `${from.replace('_', ' ')} ${method}`;
}
