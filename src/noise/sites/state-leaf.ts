import type { Cell } from "../../cell/cell.ts";

/** Name of a leaf of a kind that exists once per state: the first state has the bare name, others `kind:state`. */
export function stateLeaf(kind: string, state: string, cell: Pick<Cell, "state">): string {
  return Object.keys(cell.state)[0] === state ? kind : `${kind}:${state}`;
}

export function stateLeaves(kind: string, cell: Pick<Cell, "state">): readonly string[] {
  return Object.keys(cell.state).map((state) => stateLeaf(kind, state, cell));
}
