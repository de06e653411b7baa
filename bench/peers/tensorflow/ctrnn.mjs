/**
 * A training step of the ctrnn in TensorFlow.js: noise inside the activation, ReLU, linear readout at every step, mean
 * squared error, Adam.
 *
 *     h <- h + alpha (-h + relu(W h + U u + b + sigma xi)),   z = V h + c
 */
import { fastProduct } from "./product.mjs";

const alpha = 0.2;
const sigma = 0.5;

/**
 * A function that makes one update of a fresh network and returns its loss.
 *
 * @param {import("./library.mjs").TensorFlow} tf
 * @param {{ hidden: number, batch: number, steps: number }} sizes
 * @returns {() => number}
 */
export function ctrnnUpdate(tf, { hidden, batch, steps }) {
  const wRec = tf.variable(tf.randomNormal([hidden, hidden], 0, 0.9 / Math.sqrt(hidden)));
  const wIn = tf.variable(tf.randomNormal([1, hidden]));
  const bRec = tf.variable(tf.zeros([hidden]));
  const wOut = tf.variable(tf.randomNormal([hidden, 1], 0, 1 / Math.sqrt(hidden)));
  const bOut = tf.variable(tf.zeros([1]));
  const optimiser = tf.train.adam(1e-3);
  const u = tf.randomUniform([steps * batch, 1], -1, 1);
  const target = tf.sin(tf.mul(u, Math.PI));

  const product = fastProduct(tf);
  const loss = () => {
    const transposed = tf.transpose(wRec);
    const noise = tf.randomNormal([steps * batch, hidden], 0, sigma);
    const drives = tf.add(tf.add(product(u, wIn), bRec), noise);
    let h = tf.zeros([batch, hidden]);
    const states = [];
    for (const drive of tf.split(drives, steps)) {
      const rate = tf.relu(tf.add(drive, product(h, transposed)));
      h = tf.add(tf.mul(h, 1 - alpha), tf.mul(rate, alpha));
      states.push(h);
    }
    const output = tf.add(product(tf.concat(states), wOut), bOut);
    return tf.mean(tf.squaredDifference(output, target));
  };
  return () => {
    const value = optimiser.minimize(loss, true);
    const [number] = value.dataSync();
    value.dispose();
    return number;
  };
}
