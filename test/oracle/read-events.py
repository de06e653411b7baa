"""Prints as JSON what TensorBoard reads below a folder: per run its charts, [step, value, time] each, and its texts."""

import json
import sys

from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer

everything = {"scalars": 0, "tensors": 0}
multiplexer = EventMultiplexer(size_guidance=everything).AddRunsFromDirectory(sys.argv[1]).Reload()
runs = {}
for run, tags in multiplexer.Runs().items():
    runs[run] = {
        "scalars": {
            tag: [[event.step, event.value, event.wall_time] for event in multiplexer.Scalars(run, tag)]
            for tag in tags["scalars"]
        },
        "texts": {
            tag: multiplexer.Tensors(run, tag)[0].tensor_proto.string_val[0].decode()
            for tag in tags["tensors"]
            if multiplexer.SummaryMetadata(run, tag).plugin_data.plugin_name == "text"
        },
    }
print(json.dumps(runs))
