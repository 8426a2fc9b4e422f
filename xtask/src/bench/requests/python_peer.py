"""The same answers from the loop that anybody writes: json line by line, then numpy."""
import json
import sys

import numpy

starts, ttft, itl, latency = [], [], [], []
with open(sys.argv[1]) as lines:
    for line in lines:
        record = json.loads(line)
        if record.get("error") or record["metadata"]["benchmark_phase"] != "profiling":
            continue
        metrics = record["metrics"]
        starts.append(record["metadata"]["request_start_ns"])
        ttft.append(metrics["time_to_first_token"]["value"])
        itl.append(metrics["inter_token_latency"]["value"])
        latency.append(metrics["request_latency"]["value"])
answers = {"n": len(ttft)}
for name, values in [("ttft", ttft), ("tpot", itl), ("e2el", latency)]:
    values = numpy.array(values)
    answers[name] = list(numpy.percentile(values, [50, 90, 99]))
    values.mean()
min(starts)
print(json.dumps(answers))
