/**
 * The look of a report: one column, light or dark as the reader's system has it, figures always on a light card, print on white.
 *
 * What scrolls sideways has a shadow at each edge behind which there is more: a cover of the ground's colour moves with the
 * content and hides the shadow at the ends.
 */
export const reportStyle = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --ink: #1c1c1c; --muted: #555555; --line: #d4d4d4; --soft: #f4f5f7; --link: #0b57a4;
  --good: #00694d; --bad: #9c3d00; --warn-page: #fff6e0; --warn-line: #b36b00;
  --shade: rgb(0 0 0 / 35%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #16181b; --ink: #e9e9e9; --muted: #b3b3b3; --line: #41454b; --soft: #22262b; --link: #8cc4ff;
    --good: #4fd1a5; --bad: #ffa36b; --warn-page: #33290f; --warn-line: #e0a030;
    --shade: rgb(255 255 255 / 45%);
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 64rem; background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif;
}
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 0.5rem; }
h2 { font-size: 1.35rem; line-height: 1.3; margin: 2.75rem 0 0.75rem; padding-top: 0.75rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.75rem 0 0.5rem; }
p, ul, ol, dl { margin: 0 0 0.9rem; }
p, figcaption, .warnings { max-width: 50rem; }
.caution { padding: 0.3rem 0.75rem; background: var(--warn-page); border-left: 4px solid var(--warn-line); font-size: 0.92rem; }
.rule { font-size: 0.92rem; color: var(--muted); }
a { color: var(--link); }
a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100vw; }
.heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip:focus { left: 1rem; top: 0.5rem; padding: 0.4rem 0.8rem; background: var(--page); border: 1px solid var(--line); }
.question { font-size: 1.15rem; color: var(--muted); }
nav ol { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; padding: 0; list-style: none; }
.verdicts tbody th[scope="row"] { min-width: 12rem; max-width: 14rem; font-weight: 400; white-space: normal; }
.verdicts tbody td, .verdicts tbody th { vertical-align: top; white-space: normal; }
.verdicts td:nth-child(3) { min-width: 18rem; }
.verdicts td:nth-child(4) { min-width: 11rem; }
.verdicts p { margin: 0 0 0.4rem; }
.verdicts .source, .verdicts .criterion { color: var(--muted); font-size: 0.85em; }
.outcome { font-weight: 600; }
.outcome.holds { color: var(--good); }
.outcome.does-not-hold { color: var(--bad); }
.warnings { padding: 0.75rem 1rem; background: var(--warn-page); border: 1px solid var(--warn-line); }
.warnings h3 { margin: 0 0 0.4rem; }
.warnings ul { margin: 0; padding-left: 1.2rem; }
.scroll, .card {
  overflow-x: auto; background:
    linear-gradient(to right, var(--ground) 40%, transparent) left / 2.5rem 100% local no-repeat,
    linear-gradient(to left, var(--ground) 40%, transparent) right / 2.5rem 100% local no-repeat,
    linear-gradient(to right, var(--shade), transparent) left / 0.9rem 100% scroll no-repeat,
    linear-gradient(to left, var(--shade), transparent) right / 0.9rem 100% scroll no-repeat,
    var(--ground);
}
.scroll { --ground: var(--page); margin: 0 0 0.75rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: 0 0 0.4rem; }
caption span { display: inline-block; position: sticky; left: 0; max-width: min(100%, calc(100vw - 2.5rem)); }
th, td { padding: 0.3rem 0.4rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { border-bottom: 2px solid var(--ink); vertical-align: bottom; }
tbody th { font-weight: 400; }
.scroll:has(.long) { max-height: 36rem; overflow-y: auto; border-bottom: 1px solid var(--line); }
.long thead th { position: sticky; top: 0; background: var(--page); }
.number { text-align: right; }
tbody th:not(.long-name) { white-space: nowrap; }
figure { margin: 0 0 2.25rem; max-width: 50rem; }
.card { --ground: #ffffff; --shade: rgb(0 0 0 / 35%); padding: 0.5rem; border: 1px solid var(--line); border-radius: 0.5rem; }
.card svg { display: block; max-width: 100%; height: auto; margin: 0 auto; }
/* The drawing's own ground would hide the card's shadows. */
.card svg > rect:first-of-type { fill: none; }
figcaption { margin: 0.6rem 0; font-size: 0.92rem; }
.downloads { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; padding: 0; list-style: none; font-size: 0.92rem; }
details { margin: 0 0 0.75rem; }
summary { cursor: pointer; color: var(--link); }
pre {
  overflow: auto; max-height: 26rem; padding: 0.75rem; background: var(--soft); border: 1px solid var(--line);
  font: 0.82rem/1.45 ui-monospace, "Liberation Mono", Menlo, Consolas, monospace;
}
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1.25rem; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
dl.meanings dd { margin: 0 0 0.4rem 1rem; }
footer { margin-top: 3rem; color: var(--muted); font-size: 0.9rem; }
@media (max-width: 50rem) {
  .card svg { max-width: none; }
}
@media (prefers-color-scheme: dark) {
  .card { padding: 0.75rem; border-color: transparent; filter: brightness(0.85); }
}
@media (max-width: 34rem) {
  dl.facts { grid-template-columns: 1fr; }
  table { font-size: 0.82rem; }
  th, td { padding: 0.3rem 0.25rem; }
  tbody th:not(.long-name) { white-space: normal; }
}
@media print {
  :root {
    color-scheme: light;
    --page: #ffffff; --ink: #000000; --muted: #333333; --line: #999999; --soft: #ffffff; --link: #000000;
    --good: #000000; --bad: #000000; --warn-page: #ffffff; --warn-line: #000000;
  }
  body { max-width: none; padding: 0; font-size: 10.5pt; line-height: 1.4; }
  h2 { margin-top: 1.5rem; }
  h3 { margin-top: 0.75rem; }
  figcaption { margin: 0.3rem 0; max-width: none; }
  nav, .skip, details, .downloads { display: none; }
  figure, tr, dl.facts > * { break-inside: avoid; }
  thead { display: table-header-group; }
  figure { margin-bottom: 1rem; }
  h2, h3 { break-after: avoid; }
  .scroll, .card, .scroll:has(.long) { overflow: visible; max-height: none; background: none; filter: none; }
  .card { padding: 0.25rem; border: none; }
  .card svg { max-width: 100%; max-height: 7.5cm; }
  pre { max-height: none; white-space: pre-wrap; }
}
`;
