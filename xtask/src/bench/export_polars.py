# JSON lines to Parquet with polars: the columns of `inferguard export --table requests`.
import sys
import polars as pl

value = pl.Struct({"value": pl.Float64})
schema = {
    "metadata": pl.Struct({
        "x_correlation_id": pl.String, "turn_index": pl.Int64, "request_start_ns": pl.Int64,
        "worker_id": pl.String, "benchmark_phase": pl.String, "was_cancelled": pl.Boolean,
    }),
    "metrics": pl.Struct({
        "time_to_first_token": value, "request_latency": value, "inter_token_latency": value,
        "input_sequence_length": value, "output_sequence_length": value, "error_isl": value,
    }),
    "error": pl.Struct({"code": pl.Int64, "type": pl.String, "message": pl.String}),
}
meta, metrics, error = pl.col("metadata").struct, pl.col("metrics").struct, pl.col("error").struct
number = lambda name: metrics.field(name).struct.field("value")
(
    pl.scan_ndjson(sys.argv[1], schema=schema)
    .filter(meta.field("benchmark_phase") == "profiling")
    .select(
        pl.lit("run").alias("cell_id"),
        meta.field("request_start_ns").cast(pl.Datetime("ns", "UTC")).alias("start"),
        pl.when(pl.col("error").is_null()).then(pl.lit("success")).otherwise(pl.lit("error")).alias("status"),
        (number("time_to_first_token") / 1e3).alias("ttft"),
        (number("request_latency") / 1e3).alias("e2el"),
        ((number("request_latency") - number("time_to_first_token")) / (number("output_sequence_length") - 1) / 1e3).alias("tpot"),
        (number("inter_token_latency") / 1e3).alias("itl"),
        pl.coalesce(number("input_sequence_length"), number("error_isl")).cast(pl.Int64).alias("isl"),
        number("output_sequence_length").cast(pl.Int64).alias("osl"),
        meta.field("turn_index").alias("turn"),
        meta.field("x_correlation_id").hash().alias("conversation"),
        meta.field("worker_id").alias("worker"),
        error.field("code").alias("error_code"),
        error.field("type").alias("error_type"),
        error.field("message").alias("error_message"),
    )
    .sink_parquet(sys.argv[2], compression="zstd", compression_level=int(sys.argv[3]), row_group_size=131072)
)
