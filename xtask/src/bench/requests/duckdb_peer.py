"""The same answers from DuckDB, one thread, with the columns given: nothing has to be guessed."""
import json
import sys

import duckdb

path = sys.argv[1].replace("'", "''")
connection = duckdb.connect()
connection.execute("SET threads = 1")
row = connection.execute(f"""
    SELECT count(*),
           quantile_cont(ttft, [0.5, 0.9, 0.99]),
           quantile_cont(itl, [0.5, 0.9, 0.99]),
           quantile_cont(latency, [0.5, 0.9, 0.99]),
           avg(ttft), avg(itl), avg(latency), min(start_ns)
    FROM (
        SELECT metadata.request_start_ns AS start_ns,
               metrics.time_to_first_token."value" AS ttft,
               metrics.inter_token_latency."value" AS itl,
               metrics.request_latency."value" AS latency
        FROM read_json('{path}', format = 'newline_delimited', columns = {{
            metadata: 'STRUCT(request_start_ns BIGINT, benchmark_phase VARCHAR)',
            metrics: 'STRUCT(
                time_to_first_token STRUCT("value" DOUBLE),
                inter_token_latency STRUCT("value" DOUBLE),
                request_latency STRUCT("value" DOUBLE))',
            error: 'STRUCT(code INTEGER)'
        }})
        WHERE error IS NULL AND metadata.benchmark_phase = 'profiling'
    )
""").fetchone()
print(json.dumps({"n": row[0], "ttft": row[1], "tpot": row[2], "e2el": row[3]}))
