//! Files: what was met in the tree, and what a cell was read from.

/// Part that an artifact plays for a cell; its name is a key of `cells[].artifacts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Role(pub &'static str);

#[expect(missing_docs, reason = "the names are those of the contract")]
impl Role {
    pub const AGG_JSON: Self = Self("agg_json");
    pub const RAW_JSON: Self = Self("raw_json");
    pub const DETAILED_RESULTS_CSV: Self = Self("detailed_results_csv");
    pub const METRICS_SERVER_METRICS_CSV: Self = Self("metrics_server_metrics_csv");
    pub const RESULTS_JSON: Self = Self("results_json");
    pub const SAMPLE_JSONL: Self = Self("sample_jsonl");
    pub const META_ENV_JSON: Self = Self("meta_env_json");
    pub const AGG_EVAL_JSON: Self = Self("agg_eval_json");
    pub const POWER_VALIDATION_JSON: Self = Self("power_validation_json");
    pub const GPU_METRICS_CSV: Self = Self("gpu_metrics_csv");
    pub const GPU_TELEMETRY_JSONL: Self = Self("gpu_telemetry_export_jsonl");
    pub const POWER_SAMPLES_CSV: Self = Self("power_samples_csv");
    pub const AIPERF_JSON: Self = Self("profile_export_aiperf_json");
    pub const AIPERF_CSV: Self = Self("profile_export_aiperf_csv");
    pub const AIPERF_RECORDS: Self = Self("profile_export_jsonl");
    pub const AIPERF_SLICES_JSON: Self = Self("profile_export_aiperf_timeslices_json");
    pub const AIPERF_SLICES_CSV: Self = Self("profile_export_aiperf_timeslices_csv");
    pub const AIPERF_PHASE_MANIFEST: Self = Self("phase_manifest_json");
    pub const AIPERF_PHASE: Self = Self("aiperf_phase");
    pub const AIPERF_RUN_CONFIG: Self = Self("run_config_json");
    pub const AIPERF_READY: Self = Self("aiperf_results_ready_json");
    pub const SERVER_METRICS_JSON: Self = Self("server_metrics_export_json");
    pub const SERVER_METRICS_CSV: Self = Self("server_metrics_export_csv");
    pub const GENAI_PERF_JSON: Self = Self("profile_export_genai_perf_json");
    pub const GENAI_PERF_CSV: Self = Self("profile_export_genai_perf_csv");
    pub const BENCHMARK_REPORT: Self = Self("benchmark_report");
    pub const NATIVE_RESULT: Self = Self("native_result_json");
    pub const RUN_METADATA: Self = Self("run_metadata_yaml");
    pub const TIMELINE_JSONL: Self = Self("inferguard_timeline_jsonl");
    pub const MANIFEST_JSON: Self = Self("inferguard_manifest_json");
    pub const JOB_LOG: Self = Self("job_log");
    pub const LOG_ARCHIVE: Self = Self("log_archive");
    pub const COMMAND: Self = Self("benchmark_command_txt");
    pub const JOB_JSON: Self = Self("srt_slurm_job_json");
    pub const JOB_RECIPE: Self = Self("srt_slurm_recipe_yaml");
    pub const NODE_CONFIG: Self = Self("srt_slurm_node_config_json");
    pub const ROLLUP_JSON: Self = Self("benchmark_rollup_json");
    pub const ROLLUP_CSV: Self = Self("benchmark_rollup_csv");
    pub const BENCHMARK_OUT: Self = Self("benchmark_out");
    pub const LOAD_WINDOW: Self = Self("srt_slurm_load_window_json");
    pub const REPORT: Self = Self("inferguard_report");
}

impl Role {
    /// The role whose artifact says the same in full, where this one says it rounded.
    pub fn exact_twin(self) -> Option<Self> {
        [
            (Self::AIPERF_CSV, Self::AIPERF_JSON),
            (Self::AIPERF_SLICES_CSV, Self::AIPERF_SLICES_JSON),
            (Self::SERVER_METRICS_CSV, Self::SERVER_METRICS_JSON),
            (Self::GENAI_PERF_CSV, Self::GENAI_PERF_JSON),
            (Self::ROLLUP_JSON, Self::RAW_JSON),
            (Self::ROLLUP_CSV, Self::RAW_JSON),
            (Self::BENCHMARK_OUT, Self::RAW_JSON),
        ]
        .into_iter()
        .find_map(|(rounded, exact)| (self == rounded).then_some(exact))
    }
}

/// One artifact of a fragment or cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactRef {
    /// Its part.
    pub role: Role,
    /// Index of the file in the listing of the tree.
    pub file: u32,
    /// JSON pointer of the object within the file (`/17`), or empty.
    pub base: Box<str>,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileStatus {
    /// Read by a reader.
    Read,
    /// Linked to a cell without being read: logs, archives.
    Linked,
    /// Recognised as a known format that is not read.
    Recognised,
    /// Not of any known format.
    Ignored,
    /// Cannot be read as what it is.
    Refused,
}

impl FileStatus {
    /// Name on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Linked => "linked",
            Self::Recognised => "recognised",
            Self::Ignored => "ignored",
            Self::Refused => "refused",
        }
    }
}

/// What a reader says of a file after looking at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileOutcome {
    /// What became of it.
    pub status: FileStatus,
    /// Kind of artifact, a role name where it has one.
    pub kind: &'static str,
    /// Reader that took it, by id.
    pub reader: Option<&'static str>,
    /// Why it was refused, ignored or only recognised.
    pub reason: Option<String>,
    /// Whether it was claimed as a cell's result, so that losing it loses a cell.
    pub is_result: bool,
}

impl FileOutcome {
    /// A file that no reader takes.
    pub fn ignored(kind: &'static str, reason: impl Into<String>) -> Self {
        Self {
            status: FileStatus::Ignored,
            kind,
            reader: None,
            reason: Some(reason.into()),
            is_result: false,
        }
    }

    /// A file that cannot be read as what it is.
    pub fn refused(kind: &'static str, reason: impl Into<String>) -> Self {
        Self { status: FileStatus::Refused, ..Self::ignored(kind, reason) }
    }
}

/// One file of the tree, for the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRecord {
    /// Path below the input root, `/` between parts, bytes that are not UTF-8 escaped as `\xNN`.
    pub path: String,
    /// What became of it.
    pub outcome: FileOutcome,
    /// What was noticed while reading it that belongs to no cell.
    pub problems: Vec<crate::Problem>,
}
