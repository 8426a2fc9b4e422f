//! Lines as the versions write them, all values made up.

use std::fmt::Write as _;

/// One request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    pub(super) n: u64,
    pub(super) start_ns: i64,
    pub(super) ttft_ns: u32,
    pub(super) e2el_ns: u32,
    pub(super) isl: u32,
    pub(super) osl: u32,
}

impl Told {
    pub(super) fn of(n: u64) -> Self {
        let odd = u32::try_from(n * 7919 % 1_000_003).expect("is small");
        Self {
            n,
            start_ns: 1_795_344_401_055_216_907 + i64::try_from(n).expect("is small") * 12_345_678,
            ttft_ns: 20_000_000 + odd,
            e2el_ns: 150_000_000 + 3 * odd,
            isl: 200 + odd % 50,
            osl: 5 + odd % 4,
        }
    }

    fn numbers(self) -> (f64, f64, f64) {
        let Self { ttft_ns, e2el_ns, osl, .. } = self;
        let itl = f64::from(e2el_ns - ttft_ns) / f64::from(osl - 1) * 1e-6;
        (f64::from(ttft_ns) * 1e-6, f64::from(e2el_ns) * 1e-6, itl)
    }

    fn gaps(self) -> String {
        let mut gaps = String::new();
        for gap in 1..self.osl {
            let _ = write!(gaps, "{:?},", f64::from(3_000_000 + gap * 7919) * 1e-6);
        }
        gaps.pop();
        gaps
    }

    /// As 0.2 and 0.3 write it: nulls for what is not there.
    pub(super) fn v03(self) -> String {
        let Self { n, start_ns, ttft_ns, e2el_ns, isl, osl } = self;
        let (ttft, e2el, itl) = self.numbers();
        let (ack, end) = (start_ns + i64::from(ttft_ns / 2), start_ns + i64::from(e2el_ns) + 900);
        let gaps = self.gaps();
        format!(
            r#"{{"metadata":{{"session_num":{n},"x_request_id":"961a6a26-002f-456e-b1a0-{n:012x}","x_correlation_id":"fc6c82f0-{n}","conversation_id":null,"turn_index":0,"request_start_ns":{start_ns},"request_ack_ns":{ack},"request_end_ns":{end},"worker_id":"worker_{w}","record_processor_id":"record_processor_6edc0bc3","benchmark_phase":"profiling","was_cancelled":false,"cancellation_time_ns":null}},"metrics":{{"request_latency":{{"value":{e2el:?},"unit":"ms"}},"output_sequence_length":{{"value":{osl},"unit":"tokens"}},"time_to_first_token":{{"value":{ttft:?},"unit":"ms"}},"input_sequence_length":{{"value":{isl},"unit":"tokens"}},"inter_chunk_latency":{{"value":[{gaps}],"unit":"ms"}},"inter_token_latency":{{"value":{itl:?},"unit":"ms"}},"usage_prompt_tokens_diff_pct":{{"value":17.5,"unit":"%"}}}},"error":null}}"#,
            w = n % 3,
        )
    }

    /// As 0.12 and 0.13 write it: what is not there is left out, and phases have names.
    pub(super) fn v13(self, phase: &str) -> String {
        let Self { n, start_ns, e2el_ns, isl, osl, .. } = self;
        let (ttft, e2el, itl) = self.numbers();
        let (issued, end) = (start_ns - 1_234_567, start_ns + i64::from(e2el_ns) + 900);
        let gaps = self.gaps();
        format!(
            r#"{{"metadata":{{"session_num":{n},"x_request_id":"380f36cf-0eee-469a-bdda-{n:012x}","x_correlation_id":"4250af8d-{c}","conversation_id":"session_{c:06}","turn_index":{t},"credit_issued_ns":{issued},"request_start_ns":{start_ns},"request_ack_ns":{end},"request_end_ns":{end},"worker_id":"worker_{w}","benchmark_phase":"{phase}","phase_index":0,"phase_name":"{phase}","phase_kind":"{phase}","was_cancelled":false,"context_overflow_skip":false,"agent_depth":0}},"metrics":{{"time_to_first_output_token":{{"value":{ttft:?},"unit":"ms"}},"request_latency":{{"value":{e2el:?},"unit":"ms"}},"http_req_connection_reused":{{"value":1,"unit":"ratio"}},"output_sequence_length":{{"value":{osl},"unit":"tokens"}},"time_to_first_token":{{"value":{ttft:?},"unit":"ms"}},"inter_chunk_latency":{{"value":[{gaps}],"unit":"ms"}},"input_sequence_length":{{"value":{isl},"unit":"tokens"}},"http_req_data_sent":{{"value":0.94140625,"unit":"KB"}},"osl_mismatch_diff_pct":{{"value":-50.0,"unit":"%"}},"inter_token_latency":{{"value":{itl:?},"unit":"ms"}}}},"trace_data":{{"request_chunks":[[{issued},526]],"response_chunks":[],"response_status_code":200}}}}"#,
            c = n / 3,
            t = n % 3,
            w = n % 2,
        )
    }

    /// The short record of an early build: six metrics, no phase.
    pub(super) fn seed(self) -> String {
        let Self { n, start_ns, e2el_ns, isl, osl, .. } = self;
        let (ttft, e2el, itl) = self.numbers();
        let end = start_ns + i64::from(e2el_ns);
        format!(
            r#"{{"metadata":{{"session_num":{n},"x_request_id":"c1560847-{n:x}","turn_index":0,"request_start_ns":{start_ns},"request_end_ns":{end},"worker_id":"worker_7c25e27d"}},"metrics":{{"time_to_first_token":{{"value":{ttft:?},"unit":"ms"}},"output_token_count":{{"value":{osl},"unit":"tokens"}},"request_latency":{{"value":{e2el:?},"unit":"ms"}},"input_sequence_length":{{"value":{isl},"unit":"tokens"}},"output_sequence_length":{{"value":{osl},"unit":"tokens"}},"inter_token_latency":{{"value":{itl:?},"unit":"ms"}}}}}}"#
        )
    }

    /// A failed request of 0.13; `error` is an object.
    pub(super) fn failed(self, error: &str) -> String {
        let Self { n, start_ns, isl, .. } = self;
        format!(
            r#"{{"metadata":{{"session_num":{n},"x_correlation_id":"4250af8d-{n}","turn_index":1,"credit_issued_ns":{start_ns},"request_start_ns":{start_ns},"request_end_ns":{start_ns},"worker_id":"worker_9","benchmark_phase":"profiling","was_cancelled":false}},"metrics":{{"error_isl":{{"value":{isl},"unit":"tokens"}}}},"error":{error}}}"#
        )
    }
}

pub(super) const OVERFLOW: &str = r#"{"code":400,"type":"Bad Request","message":"{\"error\": {\"message\": \"This model's maximum context length is 2048 tokens. However, you requested 4096 tokens.\", \"type\": \"BadRequestError\", \"code\": 400}}"}"#;

pub(super) const CANCELLED: &str = r#"{"code":499,"type":"RequestCancellationError","message":"Request cancelled 0.050s after being sent"}"#;

pub(super) const BROKEN: &str =
    r#"{"type":"ClientPayloadError","message":"Response payload is not completed","cause":null}"#;
