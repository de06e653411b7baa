/** Options of `npm run bench`. */

/**
 * @typedef {object} BenchOptions
 * @property {readonly string[]} only names of works, in the order of the table
 * @property {boolean} quick fewer pairs
 * @property {boolean} byHand PyTorch with a derivative written by hand
 * @property {boolean} json
 */

/**
 * @param {readonly string[]} words what follows the command
 * @param {readonly string[]} names of all works
 * @returns {BenchOptions | { problem: string }}
 */
export function benchOptions(words, names) {
  let only = names;
  let quick = false;
  let byHand = false;
  let json = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === "--quick") quick = true;
    else if (word === "--json") json = true;
    else if (word === "--by-hand") byHand = true;
    else if (word === "--only" || word.startsWith("--only=")) {
      const wanted = (word === "--only" ? (words[++i] ?? "") : word.slice("--only=".length)).split(",");
      const unknown = wanted.filter((name) => !names.includes(name));
      if (unknown.length > 0) {
        const got = unknown.map((name) => `"${name}"`).join(", ");
        return {
          problem: `bench: --only takes names of works with commas between, got ${got}; there are ${names.join(", ")}.`,
        };
      }
      only = names.filter((name) => wanted.includes(name));
    } else {
      return { problem: `bench: takes --only <works>, --quick, --by-hand and --json, got ${word}; leave it out.` };
    }
  }
  return { only, quick, byHand, json };
}
