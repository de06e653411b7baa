/**
 * A training step of the published noisy recurrent network in TensorFlow.js: a digit, pixel by pixel, named at the end.
 *
 *     h <- h + step m (A h + tanh(W h + U u + b)) + add xi,   m uniform on [1 - mu, 1]
 *     A = beta (B - B') + (1 - beta)(B + B') - gamma I, and W likewise of a matrix of its own
 *
 * Linear readout of the last state, cross-entropy, Adam.
 */
import { fastProduct } from "./product.mjs";

const step = 0.01;
const additive = 0.02;
const mu = 0.02;
const beta = 0.75;
const gamma = 0.001;
const classes = 10;

/**
 * A function that makes one update of a fresh network and returns its loss.
 *
 * @param {import("./library.mjs").TensorFlow} tf
 * @param {{ hidden: number, batch: number, steps: number }} sizes
 * @returns {() => number}
 */
export function nrnnUpdate(tf, { hidden, batch, steps }) {
  const freeA = tf.variable(tf.randomNormal([hidden, hidden], 0, 0.1 / hidden));
  const freeW = tf.variable(tf.randomNormal([hidden, hidden], 0, 0.1 / hidden));
  const wIn = tf.variable(tf.randomUniform([1, hidden], -1, 1));
  const bRec = tf.variable(tf.randomUniform([hidden], -1, 1));
  const wOut = tf.variable(tf.randomNormal([hidden, classes], 0, 1 / Math.sqrt(hidden)));
  const bOut = tf.variable(tf.zeros([classes]));
  const optimiser = tf.train.adam(1e-3);
  const images = Array.from({ length: steps }, () => tf.randomUniform([batch, 1]));
  const labels = tf.oneHot(tf.randomUniform([batch], 0, classes, "int32"), classes);
  const damping = tf.mul(tf.eye(hidden), gamma);

  /** @param {import("./library.mjs").Tensor} free */
  const symmetricSkew = (free) => {
    const other = tf.transpose(free);
    const skew = tf.mul(tf.sub(free, other), beta);
    return tf.sub(tf.add(skew, tf.mul(tf.add(free, other), 1 - beta)), damping);
  };
  const product = fastProduct(tf);
  const loss = () => {
    const a = tf.transpose(symmetricSkew(freeA));
    const w = tf.transpose(symmetricSkew(freeW));
    let h = tf.zeros([batch, hidden]);
    for (const image of images) {
      const drive = tf.add(tf.add(product(image, wIn), bRec), product(h, w));
      const drift = tf.add(product(h, a), tf.tanh(drive));
      const size = tf.randomUniform([batch, hidden], step * (1 - mu), step);
      h = tf.add(tf.add(h, tf.mul(size, drift)), tf.randomNormal([batch, hidden], 0, additive));
    }
    const scores = tf.add(product(h, wOut), bOut);
    return tf.neg(tf.mean(tf.sum(tf.mul(labels, tf.logSoftmax(scores)), 1)));
  };
  return () => {
    const value = optimiser.minimize(loss, true);
    const [number] = value.dataSync();
    value.dispose();
    return number;
  };
}
