/** Files of a drawing: apart from what makes them, which takes a while to load. */
export const drawingFormats = ["svg", "png", "pdf"] as const;
export type DrawingFormat = (typeof drawingFormats)[number];
