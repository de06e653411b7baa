/** Perfect mazes on a square grid of cells, and the shortest ways through them. */
import { integers, stream } from "../../core/random.ts";

/** Steps to the neighbours of a cell: east, north, west, south. */
export const sides = [
  { name: "east", dx: 1, dy: 0 },
  { name: "north", dx: 0, dy: 1 },
  { name: "west", dx: -1, dy: 0 },
  { name: "south", dx: 0, dy: -1 },
] as const;

/** Cell (x, y) has the number y size + x; it covers [x, x + 1) times [y, y + 1). */
export interface Labyrinth {
  /** Cells along a side. */
  readonly size: number;
  /** Whether one can leave a cell at a side, `[cell, side]` in the order of `sides`; the same from both of its cells. */
  readonly isOpen: Uint8Array;
}

const mazeStream = stream("task-trials", 3);

/**
 * A maze in which every two cells are joined by exactly one way: a spanning tree of the grid, by depth-first search from
 * cell 0 with neighbours in random order.
 *
 * @param size cells along a side, >= 1
 * @param seed integer in 0..2^53-1
 */
export function perfectMaze(size: number, seed: number): Labyrinth {
  const isOpen = new Uint8Array(size * size * sides.length);
  const isVisited = new Uint8Array(size * size);
  const one = new Uint32Array(1);
  const way = [0];
  isVisited[0] = 1;
  for (let step = 0; way.length > 0; step++) {
    const cell = way[way.length - 1];
    const closed = [...sides.keys()].filter((side) => isVisited[neighbour(size, cell, side) ?? cell] === 0);
    if (closed.length === 0) {
      way.pop();
      continue;
    }
    const [choice] = integers(one, closed.length, { seed, stream: mazeStream }, { step });
    const side = closed[choice];
    const next = neighbour(size, cell, side) as number;
    isOpen[cell * sides.length + side] = 1;
    isOpen[next * sides.length + opposite(side)] = 1;
    isVisited[next] = 1;
    way.push(next);
  }
  return { size, isOpen };
}

/** The cell behind a side; undefined outside the grid. */
export function neighbour(size: number, cell: number, side: number): number | undefined {
  const x = (cell % size) + sides[side].dx;
  const y = Math.floor(cell / size) + sides[side].dy;
  return x < 0 || y < 0 || x >= size || y >= size ? undefined : y * size + x;
}

function opposite(side: number): number {
  return (side + 2) % sides.length;
}

export interface Routes {
  /** Cells to go until the goal, `[cell]`; 0 at the goal. */
  readonly distance: Uint32Array;
  /** The next cell on the shortest way, `[cell]`; the goal at the goal. */
  readonly next: Uint32Array;
}

/** Shortest ways to a goal from every cell, by breadth-first search. */
export function routesTo({ size, isOpen }: Labyrinth, goal: number): Routes {
  const distance = new Uint32Array(size * size);
  const next = new Uint32Array(size * size).fill(goal);
  const isReached = new Uint8Array(size * size);
  isReached[goal] = 1;
  const queue = [goal];
  for (const cell of queue) {
    for (const side of sides.keys()) {
      const other = neighbour(size, cell, side);
      if (other === undefined || isOpen[cell * sides.length + side] === 0 || isReached[other] === 1) continue;
      isReached[other] = 1;
      distance[other] = distance[cell] + 1;
      next[other] = cell;
      queue.push(other);
    }
  }
  return { distance, next };
}

/**
 * Where a step leads: along x, then along y, each part only when no closed side is in its way.
 *
 * @param dx, dy at most 1 long
 */
export function moved(
  { size, isOpen }: Labyrinth,
  x: number,
  y: number,
  dx: number,
  dy: number,
): readonly [number, number] {
  const cellX = Math.floor(x);
  const cellY = Math.floor(y);
  const isFree = (cell: number, from: number, to: number, forward: number): boolean =>
    to === from || isOpen[cell * sides.length + (to > from ? forward : forward + 2)] === 1;
  const newX = isFree(cellY * size + cellX, cellX, Math.floor(x + dx), 0) ? x + dx : x;
  const newY = isFree(cellY * size + Math.floor(newX), cellY, Math.floor(y + dy), 1) ? y + dy : y;
  return [newX, newY];
}
