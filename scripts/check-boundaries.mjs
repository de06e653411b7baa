/** Rules for imports between and inside rooms: part of `npm run check`. */
import { boundaryIssues } from "./tools/boundaries.mjs";
import { root } from "./tools/folders.mjs";

const issues = boundaryIssues(root);
for (const issue of issues) console.error(issue);
process.exitCode = issues.length === 0 ? 0 : 1;
