/** Walks in a square box: velocities, step by step. Lengths in the unit of the walk, angles in radians. */
import { normals, type RandomKey, uniforms } from "../../core/random.ts";
import { registry } from "../../core/registry.ts";

export interface WalkOptions {
  /** Side of the box. */
  readonly side: number;
  /** Of a step: the top speed, or the scale of the Rayleigh law. */
  readonly speed: number;
  /** Standard deviation of the turn of a step. */
  readonly turnDeviation: number;
}

export interface Walk {
  readonly name: string;
  /** What a unit of length is. */
  readonly unit: string;
  readonly defaults: WalkOptions;
  /** Mean length of a step away from the walls, in units of `speed`: the unit of velocities as inputs. */
  readonly meanSpeed: number;
  /**
   * The walker of a trial: velocity of the next step from the position before it.
   *
   * @param key and trial address its random numbers
   */
  walker(options: WalkOptions, stepCount: number, key: RandomKey, trial: number): (x: number, y: number) => Velocity;
}

export type Velocity = readonly [number, number];

const sites = { start: 0, turns: 1, speeds: 2 } as const;

/** Share of the top speed by which speed changes in a step, as a standard deviation. */
const speedDeviation = 0.1;

/**
 * Heading and speed change at random, and walls reflect.
 *
 *     heading_0 ~ U(0, 2 pi),  heading += N(0, turnDeviation^2)
 *     speed_0 ~ U(0, top),     speed += N(0, (0.1 top)^2), reflected into [0, top]
 *
 * A step that would leave the box in x (y) is taken with the sign of its x (y) velocity reversed, and the heading with it.
 * All numbers are ours.
 */
const random: Walk = {
  name: "random",
  unit: "half a box of side 2",
  defaults: { side: 2, speed: 0.1, turnDeviation: 0.3 },
  meanSpeed: 0.5, // a reflected random walk is uniform on [0, 1] in the long run, and begins so
  walker: ({ side, speed: top, turnDeviation }, stepCount, key, trial) => {
    const [angle, share] = uniforms(new Float64Array(2), key, { trial, site: sites.start });
    const turns = normals(new Float64Array(stepCount), key, { trial, site: sites.turns });
    const changes = normals(new Float64Array(stepCount), key, { trial, site: sites.speeds });
    let heading = 2 * Math.PI * angle;
    let speed = share;
    let step = 0;
    return (x, y) => {
      if (step > 0) {
        heading += turnDeviation * turns[step];
        speed = reflected(speed + speedDeviation * changes[step]);
      }
      step++;
      let vx = top * speed * Math.cos(heading);
      let vy = top * speed * Math.sin(heading);
      if (Math.abs(x + vx) > side / 2) {
        vx = -vx;
        heading = Math.PI - heading;
      }
      if (Math.abs(y + vy) > side / 2) {
        vy = -vy;
        heading = -heading;
      }
      return [vx, vy];
    };
  },
};

/** Into [0, 1] by reflection at both ends. */
function reflected(value: number): number {
  const folded = Math.abs(value) % 2;
  return folded > 1 ? 2 - folded : folded;
}

/** Width of the zone along the walls in m, and the share of its speed that an animal keeps when it heads for the wall in it. */
const wallZone = 0.03;
const wallSpeed = 0.25;

/** The published generator's step, s. */
const rodentStep = 0.02;

/**
 * A foraging rodent: speeds are independent from step to step, headings turn at random, walls are avoided.
 *
 *     heading_0 ~ U(0, 2 pi),  heading += N(0, turnDeviation^2) + turn away from a wall
 *     speed ~ Rayleigh(speed), times 0.25 where a wall is less than 0.03 m away and ahead
 *
 * There the animal turns until it runs along the wall. A fast step may still lead out of the box, and the next ones along
 * the wall outside: in its box of 2.2 m, below 1 % of 300 steps are outside, by about 0.1 m at most (test/unit/path-integration.test.ts).
 * Defaults: 0.13 * 2 pi m/s and 11.52 rad/s at 0.02 s. The walk begins in the middle of the box, where the published one
 * begins anywhere and tells the network where.
 *
 * Source: the published code of sorscher2019.
 */
const rodent: Walk = {
  name: "rodent",
  unit: "m",
  defaults: { side: 2.2, speed: 0.13 * 2 * Math.PI * rodentStep, turnDeviation: 11.52 * rodentStep },
  meanSpeed: Math.sqrt(Math.PI / 2),
  walker: ({ side, speed: scale, turnDeviation }, stepCount, key, trial) => {
    const [angle] = uniforms(new Float64Array(1), key, { trial, site: sites.start });
    const turns = normals(new Float64Array(stepCount), key, { trial, site: sites.turns });
    const shares = uniforms(new Float64Array(stepCount), key, { trial, site: sites.speeds });
    let heading = 2 * Math.PI * angle;
    let step = 0;
    return (x, y) => {
      const wall = nearestWall(x, y, side);
      const ahead = wrapped(heading - wall.direction);
      const isNear = wall.distance < wallZone && Math.abs(ahead) < Math.PI / 2;
      const length = scale * Math.sqrt(-2 * Math.log(shares[step])) * (isNear ? wallSpeed : 1);
      const velocity: Velocity = [length * Math.cos(heading), length * Math.sin(heading)];
      // The published code does not turn an animal that heads for the wall at a right angle to the last bit.
      if (isNear) heading += (ahead < 0 ? -1 : 1) * (Math.PI / 2 - Math.abs(ahead));
      heading += turnDeviation * turns[step];
      step++;
      return velocity;
    };
  },
};

function nearestWall(x: number, y: number, side: number): { readonly distance: number; readonly direction: number } {
  const distances = [side / 2 - x, side / 2 - y, side / 2 + x, side / 2 + y];
  const distance = Math.min(...distances);
  return { distance, direction: (distances.indexOf(distance) * Math.PI) / 2 };
}

/** Into [-pi, pi). */
function wrapped(angle: number): number {
  const turn = 2 * Math.PI;
  return ((((angle + Math.PI) % turn) + turn) % turn) - Math.PI;
}

export const walks = registry<Walk>("walk", [random, rodent]);
