/**
 * Reports of long runs: markdown files in docs/reports, with the date, the machine and what was counted.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../../../docs/reports/', import.meta.url));

export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function machine(): string {
  const [processor] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${processor?.model ?? 'unknown processor'}, ${memory} GiB, ${process.platform} ${release()}, Node ${process.versions.node}, SQLite ${process.versions['sqlite'] ?? 'unknown'}`;
}

/** Writes a report. @returns its path */
export function writeReport(name: string, title: string, command: string, minutes: number, parts: readonly string[]): string {
  mkdirSync(FOLDER, { recursive: true });
  const path = join(FOLDER, `${name}.md`);
  const head = [
    `# ${title}`,
    `Written by \`${command}\`.`,
    table(
      ['', ''],
      [
        ['Date', new Date().toISOString().slice(0, 10)],
        ['Machine', machine()],
        ['Time', `${minutes.toFixed(0)} minutes`],
      ],
    ),
  ];
  writeFileSync(path, `${[...head, ...parts].join('\n\n')}\n`);
  return path;
}
