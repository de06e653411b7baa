import { test } from "vitest";

/**
 * A test that runs where nothing stands in its way; elsewhere it is skipped, and `npm test` prints the reason.
 *
 * @param obstacle why it cannot run here, or undefined
 */
export function testUnless(obstacle: string | undefined): (title: string, body: () => void | Promise<void>) => void {
  return (title, body) => {
    if (obstacle === undefined) test(title, body);
    else test(title, (context) => context.skip(obstacle));
  };
}
