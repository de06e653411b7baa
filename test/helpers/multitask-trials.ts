/** Trials of the 20 tasks of yang2019, written down by hand after the published table, in steps of 20 ms. */

export interface ExampleTrial {
  readonly name: string;
  /** Durations of the periods in ms. */
  readonly timing: readonly number[];
  /** Of the two stimuli, in degrees. */
  readonly directions: readonly [number, number];
  /** Of the first stimulus in modality 1 and 2, and of the second. */
  readonly strengths: string;
  /** Steps of the trial. */
  readonly length: number;
  /** Step of the go signal. */
  readonly go: number;
  /** From which step on, fixation input, direction:strength of what modality 1 shows, and modality 2. */
  readonly inputs: readonly string[];
  /** Direction of the response in degrees, or "fixate". */
  readonly answer: number | "fixate";
}

export const exampleTrials: readonly ExampleTrial[] = [
  {
    name: "fdgo",
    timing: [419, 601, 500], // 20, 30 and 25 steps: the rest of a step is cut off
    directions: [90, 0],
    strengths: "1 0 / 0 0",
    length: 75,
    go: 50,
    inputs: ["0 on | |", "20 on | 90:1 |", "50 off | 90:1 |"],
    answer: 90,
  },
  {
    name: "reactgo",
    timing: [1000, 500],
    directions: [33, 0],
    strengths: "0 1 / 0 0",
    length: 75,
    go: 50,
    inputs: ["0 on | |", "50 on | | 33:1"],
    answer: 33,
  },
  {
    name: "delaygo",
    timing: [300, 400, 800, 500],
    directions: [350, 0],
    strengths: "1 0 / 0 0",
    length: 100,
    go: 75,
    inputs: ["0 on | |", "15 on | 350:1 |", "35 on | |", "75 off | |"],
    answer: 350,
  },
  {
    name: "fdanti",
    timing: [300, 500, 500],
    directions: [200, 0],
    strengths: "0 1 / 0 0",
    length: 65,
    go: 40,
    inputs: ["0 on | |", "15 on | | 200:1", "40 off | | 200:1"],
    answer: 20,
  },
  {
    name: "reactanti",
    timing: [500, 500],
    directions: [10, 0],
    strengths: "1 0 / 0 0",
    length: 50,
    go: 25,
    inputs: ["0 on | |", "25 on | 10:1 |"],
    answer: 190,
  },
  {
    name: "delayanti",
    timing: [700, 200, 200, 500],
    directions: [300, 0],
    strengths: "0 1 / 0 0",
    length: 80,
    go: 55,
    inputs: ["0 on | |", "35 on | | 300:1", "45 on | |", "55 off | |"],
    answer: 120,
  },
  {
    name: "dm1",
    timing: [100, 400, 500],
    directions: [40, 160],
    strengths: "0.98 0 / 1.02 0",
    length: 50,
    go: 25,
    inputs: ["0 on | |", "5 on | 40:0.98 160:1.02 |", "25 off | |"],
    answer: 160,
  },
  {
    name: "dm2",
    timing: [380, 800, 500],
    directions: [40, 310],
    strengths: "0 1.1 / 0 0.94",
    length: 84,
    go: 59,
    inputs: ["0 on | |", "19 on | | 40:1.1 310:0.94", "59 off | |"],
    answer: 40,
  },
  {
    name: "contextdm1",
    timing: [200, 400, 500],
    directions: [100, 200],
    strengths: "1.04 0.84 / 0.96 1.16",
    length: 55,
    go: 30,
    inputs: ["0 on | |", "10 on | 100:1.04 200:0.96 | 100:0.84 200:1.16", "30 off | |"],
    answer: 100,
  },
  {
    name: "contextdm2",
    timing: [200, 400, 500],
    directions: [100, 200],
    strengths: "1.04 0.84 / 0.96 1.16",
    length: 55,
    go: 30,
    inputs: ["0 on | |", "10 on | 100:1.04 200:0.96 | 100:0.84 200:1.16", "30 off | |"],
    answer: 200,
  },
  {
    name: "multidm",
    timing: [200, 1600, 500],
    directions: [0, 180],
    strengths: "0.5 1.5 / 1.2 0.9",
    length: 115,
    go: 90,
    inputs: ["0 on | |", "10 on | 0:0.5 180:1.2 | 0:1.5 180:0.9", "90 off | |"],
    answer: 180,
  },
  {
    name: "delaydm1",
    timing: [200, 400, 800, 600, 119, 500],
    directions: [15, 250],
    strengths: "1.2 0 / 0.88 0",
    length: 130,
    go: 105,
    inputs: ["0 on | |", "10 on | 15:1.2 |", "30 on | |", "70 on | 250:0.88 |", "100 on | |", "105 off | |"],
    answer: 15,
  },
  {
    name: "delaydm2",
    timing: [600, 200, 200, 200, 280, 500],
    directions: [15, 250],
    strengths: "0 0.5 / 0 1.14",
    length: 99,
    go: 74,
    inputs: ["0 on | |", "30 on | | 15:0.5", "40 on | |", "50 on | | 250:1.14", "60 on | |", "74 off | |"],
    answer: 250,
  },
  {
    name: "contextdelaydm1",
    timing: [200, 200, 1600, 400, 200, 500],
    directions: [70, 290],
    strengths: "0.92 1.3 / 1.08 0.7",
    length: 155,
    go: 130,
    inputs: [
      "0 on | |",
      "10 on | 70:0.92 | 70:1.3",
      "20 on | |",
      "100 on | 290:1.08 | 290:0.7",
      "120 on | |",
      "130 off | |",
    ],
    answer: 290,
  },
  {
    name: "contextdelaydm2",
    timing: [200, 200, 200, 400, 200, 500],
    directions: [70, 290],
    strengths: "0.92 1.3 / 1.08 0.7",
    length: 85,
    go: 60,
    inputs: [
      "0 on | |",
      "10 on | 70:0.92 | 70:1.3",
      "20 on | |",
      "30 on | 290:1.08 | 290:0.7",
      "50 on | |",
      "60 off | |",
    ],
    answer: 70,
  },
  {
    name: "multidelaydm",
    timing: [200, 200, 200, 200, 100, 500],
    directions: [70, 290],
    strengths: "0.5 1.4 / 1.3 0.7",
    length: 70,
    go: 45,
    inputs: [
      "0 on | |",
      "10 on | 70:0.5 | 70:1.4",
      "20 on | |",
      "30 on | 290:1.3 | 290:0.7",
      "40 on | |",
      "45 off | |",
    ],
    answer: 290,
  },
  {
    name: "dmsgo",
    timing: [200, 400, 200, 500],
    directions: [123, 123],
    strengths: "1 0 / 0 1",
    length: 65,
    go: 40,
    inputs: ["0 on | |", "10 on | 123:1 |", "30 on | |", "40 on | | 123:1"],
    answer: 123,
  },
  {
    name: "dmsnogo",
    timing: [200, 400, 200, 500],
    directions: [123, 123],
    strengths: "0 1 / 0 1",
    length: 65,
    go: 40,
    inputs: ["0 on | |", "10 on | | 123:1", "30 on | |", "40 on | | 123:1"],
    answer: "fixate",
  },
  {
    name: "dmcgo",
    timing: [400, 600, 1600, 200],
    directions: [18, 198],
    strengths: "1 0 / 1 0",
    length: 140,
    go: 130,
    inputs: ["0 on | |", "20 on | 18:1 |", "50 on | |", "130 on | 198:1 |"],
    answer: "fixate",
  },
  {
    name: "dmcnogo",
    timing: [400, 600, 400, 600],
    directions: [162, 198],
    strengths: "0 1 / 1 0",
    length: 100,
    go: 70,
    inputs: ["0 on | |", "20 on | | 162:1", "50 on | |", "70 on | 198:1 |"],
    answer: 198,
  },
];

type Answer = readonly [
  name: string,
  directions: readonly [number, number],
  strengths: string,
  answer: number | "fixate",
];

/** Other answers of the same tasks: the other stimulus stronger, a match or none. */
export const otherAnswers: readonly Answer[] = [
  ["dm1", [40, 160], "1.02 0 / 0.98 0", 40],
  ["dm2", [40, 160], "0 0.98 / 0 1.02", 160],
  ["multidm", [40, 160], "0.5 1.6 / 1.3 0.7", 40],
  ["multidelaydm", [40, 160], "0.5 1.6 / 1.3 0.7", 40],
  ["dmsgo", [123, 143], "1 0 / 0 1", "fixate"],
  ["dmsnogo", [123, 143], "1 0 / 0 1", 143],
  ["dmcgo", [18, 162], "1 0 / 0 1", 162],
  ["dmcgo", [198, 342], "1 0 / 0 1", 342],
  ["dmcnogo", [18, 162], "1 0 / 0 1", "fixate"],
  ["dmcnogo", [342, 18], "1 0 / 0 1", 18],
];
