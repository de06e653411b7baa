/**
 * TensorBoard's event files: records of protocol-buffer messages, each with its checksums.
 *
 *     record = length (uint64) | masked CRC-32C of the length | message | masked CRC-32C of the message
 *
 * Source: tensorflow/core/lib/io/record_writer.h; event.proto, summary.proto, tensor.proto and types.proto of TensorBoard.
 */
import { concatenate, viewOf } from "./bytes.ts";
import { crc32c } from "./crc32.ts";
import { bytesField, doubleField, floatField, integerField, message } from "./protobuf.ts";

/** One value of a chart, or a text. */
export interface TensorboardEvent {
  /** Name of the chart; what stands before its first "/" groups charts. */
  readonly tag: string;
  /** Place on the horizontal axis: an integer in 0..2^53-1. */
  readonly step: number;
  /** A number becomes a scalar in float32, as TensorBoard keeps them; a string becomes a text in Markdown. */
  readonly value: number | string;
}

/**
 * The bytes of an event file.
 *
 * @param wallTime of every event, in seconds since 1970
 */
export function encodeTensorboard(events: readonly TensorboardEvent[], wallTime: number): Uint8Array {
  const time = doubleField(1, wallTime);
  const version = message(time, bytesField(3, "brain.Event:2"));
  const summaries = events.map(({ tag, step, value }) => {
    const content = typeof value === "number" ? floatField(2, value) : textContent(value);
    const summary = bytesField(1, message(bytesField(1, tag), content));
    return message(time, integerField(2, step), bytesField(5, summary));
  });
  return concatenate([version, ...summaries].map(record));
}

/** Fields of a summary's value that make it a text: a tensor of one string, and the plugin that shows it. */
function textContent(text: string): Uint8Array {
  const dtString = 7;
  const dataClassTensor = 2;
  // A shape without dimensions: one string.
  const tensor = message(integerField(1, dtString), bytesField(2, ""), bytesField(8, text));
  const metadata = message(bytesField(1, bytesField(1, "text")), integerField(4, dataClassTensor));
  return message(bytesField(8, tensor), bytesField(9, metadata));
}

function record(content: Uint8Array): Uint8Array {
  const head = new Uint8Array(12);
  const view = viewOf(head);
  view.setBigUint64(0, BigInt(content.length), true);
  view.setUint32(8, maskedChecksum(head.subarray(0, 8)), true);
  const foot = new Uint8Array(4);
  viewOf(foot).setUint32(0, maskedChecksum(content), true);
  return concatenate([head, content, foot]);
}

/** Masked, because the checksum of bytes that hold their own checksum says little. */
function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
