/** Where words and data go: results on standard output, everything else that people read on standard error. */

/** Writes data or a result. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Writes a remark for people. */
export function remark(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Writes one JSON object; numbers that JSON lacks become null. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value));
}

export interface TextColumn {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** A row of cells, or a line of its own. */
export type TextRow = readonly string[] | string;

/** A table in plain text: columns as wide as their widest cell, two spaces apart. */
export function textTable(columns: readonly TextColumn[], rows: readonly TextRow[]): string {
  const cells = rows.filter((row): row is readonly string[] => typeof row !== "string");
  const widths = columns.map(({ title }, i) => Math.max(title.length, ...cells.map((row) => row[i].length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (columns[i].align === "right" ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join("  ")
      .trimEnd();
  const head = line(columns.map(({ title }) => title));
  return [head, "-".repeat(head.length), ...rows.map((row) => (typeof row === "string" ? row : line(row)))].join("\n");
}

/** A path as a shell takes it: in quotes where it needs them. */
export function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : JSON.stringify(path);
}

/** "0.8 s", "85 s", "1 min 45 s", "12 min", "1 h 20 min". */
export function durationText(seconds: number): string {
  if (seconds < 9.5) return `${Number(seconds.toFixed(1))} s`;
  if (seconds < 99.5) return `${Math.round(seconds)} s`;
  if (seconds < 600) {
    const whole = Math.round(seconds);
    return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
  }
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Size of memory in units of 1024, as systems report it. */
export function memoryText(bytes: number): string {
  return `${Number((bytes / 2 ** 30).toPrecision(3))} GiB`;
}

/** Size of files in units of 1000. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [value, unit] = bytes < 1e6 ? [bytes / 1e3, "kB"] : bytes < 1e9 ? [bytes / 1e6, "MB"] : [bytes / 1e9, "GB"];
  return `${value.toPrecision(3)} ${unit}`;
}
