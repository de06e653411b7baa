"""Writes event-files.json: an event file as TensorBoard's own classes write it.

    python -m pip install tensorboard==2.21.0
    python test/oracle/event-files.py > test/oracle/event-files.json && npx biome format --write test/oracle/event-files.json
"""

import base64
import io
import json

from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

wall_time = 1700000000.125
events = [
    {"tag": "training-loss", "step": 0, "value": 0.5},
    {"tag": "training-loss", "step": 1, "value": 0},
    {"tag": "training-loss", "step": 127, "value": -1.5},
    {"tag": "training-loss", "step": 128, "value": 0.1},
    {"tag": "training-loss", "step": 2**40 + 1, "value": 1e-40},
    {"tag": "test-loss/intensity-in-millionths", "step": 350000, "value": 3e38},
    {"tag": "note", "step": 0, "value": ""},
    {"tag": "specification \u03c3", "step": 7, "value": "```json\n{\"site\": \"inside \u2192\"}\n```" + "x" * 300},
]


def message(event):
    value = summary_pb2.Summary.Value(tag=event["tag"])
    if isinstance(event["value"], str):
        value.metadata.plugin_data.plugin_name = "text"
        value.metadata.data_class = summary_pb2.DATA_CLASS_TENSOR
        value.tensor.CopyFrom(
            tensor_pb2.TensorProto(
                dtype=types_pb2.DT_STRING,
                tensor_shape=tensor_shape_pb2.TensorShapeProto(),
                string_val=[event["value"].encode()],
            )
        )
    else:
        value.simple_value = event["value"]
    return event_pb2.Event(wall_time=wall_time, step=event["step"], summary=summary_pb2.Summary(value=[value]))


class Buffer(io.BytesIO):
    def close(self):
        pass


buffer = Buffer()
writer = RecordWriter(buffer)
writer.write(event_pb2.Event(wall_time=wall_time, file_version="brain.Event:2").SerializeToString(deterministic=True))
for event in events:
    writer.write(message(event).SerializeToString(deterministic=True))
content = buffer.getvalue()
print(json.dumps({"wallTime": wall_time, "events": events, "file": base64.b64encode(content).decode()}))
