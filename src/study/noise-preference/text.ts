/** Every sentence of the first page of the report that does not depend on its numbers. */
export const reportText = {
  title: "Do recurrent networks prefer the noise they were trained with?",
  question:
    "Noise is usually added in training so that a network works better without it. Eckstein and Srinivasan (2026) report the " +
    "opposite for noise inside the activation function: such networks often do best at test with noise, near its level in " +
    "training, and worse when it is taken away. Here networks of several families are trained with noise inside and outside " +
    "the activation, each is tested at many noise intensities, and every claim of the paper's abstract is put to them.",
  rule:
    "How a verdict is reached: each family of experiments answers for itself, by the verdicts and intervals of its own page. " +
    "A claim holds when every family that can be asked says so, does not hold when none does, and holds in part otherwise. " +
    "Where the paper speaks of large enough noise without a number, the most training noise of each kind of network decides. " +
    "Intervals are over networks from different seeds (95 %).",
  index:
    "The preference index is the noise intensity at test with the lowest mean loss, over that of training: 0 wants silence, 1 wants its training noise.",
  method: [
    {
      title: "What was trained",
      paragraphs: [
        "The recurrent networks are continuous-time networks in steps of alpha = dt / tau: h' = (1 - alpha) h + alpha r, with the " +
          "rate r = f(W h + U u + b + noise) for noise inside the activation f, and r = f(W h + U u + b) + noise for noise " +
          "outside. The noise is drawn afresh for every step, unit and trial, and is not rescaled with alpha. The feedforward " +
          "networks have the same noise in every hidden layer. One network is trained per condition and seed, by " +
          "back-propagation (through time) through the sampled noise.",
      ],
    },
    {
      title: "What was measured",
      paragraphs: [
        "After training the weights are fixed. Each network is tested on the same trials at a grid of noise intensities, from none " +
          "to beyond its training intensity, with repeated noise draws. The lowest point of that curve is its preferred intensity. " +
          "Networks that did not reach finite numbers are counted in the warnings and left out, not replaced.",
      ],
    },
    {
      title: "What comes from the paper, and what does not",
      paragraphs: [
        "The question, the two noise sites, the families of experiments and the claims are the paper's. The equations of the " +
          "recurrent network come from a public review of the paper's first version. Its hyper-parameters were not at hand, so " +
          "tasks in detail, network sizes, durations, learning rates, noise levels and numbers of updates are our choices; each " +
          "family's page has its study file, in which every one can be changed. No number on this page is a number of the paper. " +
          "Where results differ from its claims, this may be due to these choices.",
      ],
    },
  ],
} as const;
