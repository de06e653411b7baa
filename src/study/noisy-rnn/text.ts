/** Every sentence of the first page of the report that does not depend on its numbers. */
export const reportText = {
  title: "What does noise in training do to a recurrent network?",
  question:
    "Lim, Erichson, Hodgkinson and Mahoney (2021) put noise into the hidden state of recurrent networks while they are trained, " +
    "and take it away when they are used. They read such a network as a discretised stochastic differential equation and " +
    "conclude that noise regularises: flatter minima, more stable dynamics, larger margins, more robust decisions. Here networks " +
    "with noise are put beside controls that differ in nothing but the noise, and each conclusion is measured.",
  rule:
    "How a verdict is reached: networks with noise are compared with their controls seed by seed; a comparison goes as claimed " +
    "when the 95 % interval of the mean difference (Student) lies on the claimed side of 0; eigenvalues, norms and margins are " +
    "compared as ratios. A claim holds in a family when all " +
    "of its comparisons go as claimed, in part when some do, and not when none does and some go the other way; where every " +
    "interval contains 0 nothing can be told. A claim holds when every family that can be asked says so, does not hold when " +
    "none does, and holds in part otherwise.",
  method: [
    {
      title: "What was trained",
      paragraphs: [
        "Lipschitz networks: h' = h + dt (A h + tanh(W h + U x + b)), A and W the sums of a skew and a damped symmetric matrix. " +
          "Additive noise adds sigma sqrt(dt) xi to the state at each step, multiplicative noise sigma sqrt(dt) f(h) xi with the " +
          "drift f, fresh for every step, unit and trial. Controls have the same step, learning rate, budget, starting weights " +
          "and batches. The published comparison lacks such controls: its models differ in step, learning rate and a learned step too.",
      ],
    },
    {
      title: "What was measured",
      paragraphs: [
        "All numbers but the regulariser are of the network without noise, as it is used: eigenvalues and trace of the Hessian of " +
          "the clean training loss, norms of state-to-state derivatives and Lyapunov exponents along test trials, distances of " +
          "test trials to the decision boundary, accuracy under perturbed inputs, not clipped (the mean over the strengths of " +
          "each perturbation). Each family's page has the study file with every setting.",
      ],
    },
    {
      title: "What comes from the paper, and what does not",
      paragraphs: [
        "The question, the noise and the claims are the paper's, the claims in our words. Hyper-parameters of the runs on MNIST " +
          "pixel by pixel are those of the published code; all others are this project's. The strengths of perturbations and " +
          "what the paper measured of Hessians, exponents and margins are not known to us in full.",
      ],
    },
  ],
} as const;
