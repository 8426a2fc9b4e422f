//! What was deployed: replicas, roles, parallelism, GPUs, engine, router.

use std::collections::BTreeSet;

use inferguard_model::{
    Evidence, Metric, Origin, Problem, ProblemCode, Quantity, RoleTopology, Scalar, Topology, names,
};
use inferguard_source::Document;

use crate::report::{Report, Version};

/// What an engine is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Prefill and decode in one.
    Replica,
    Prefill,
    Decode,
}

impl Part {
    fn parse(text: Option<&str>) -> Self {
        match text {
            Some("prefill") => Self::Prefill,
            Some("decode") => Self::Decode,
            _ => Self::Replica,
        }
    }
}

/// Engines that are alike: one entry of `host.accelerator`, or an engine of the stack.
#[derive(Debug, Clone, Copy)]
struct Engine {
    part: Part,
    replicas: u32,
    /// GPUs of one replica.
    gpus: Option<u32>,
    tp: Option<u32>,
    pp: Option<u32>,
    dp: Option<u32>,
    ep: Option<u32>,
}

/// Reads the deployment of a report; nothing is known of one that was run against an endpoint.
pub(crate) fn fill(report: &mut Report<'_>, evidence: &mut Evidence) {
    let (engines, key) = match report.version {
        Version::V1 => (of_host(&mut report.document, evidence), "scenario/host/accelerator"),
        Version::V2 => (of_stack(&mut report.document), "scenario/stack"),
        Version::Native => (Vec::new(), ""),
    };
    hardware(report, evidence);
    software(report, evidence);
    if engines.is_empty() {
        of_setup_name(report.path, evidence);
        return;
    }
    roles(&engines, evidence);
    count(&engines, key, evidence);
}

/// v0.1: one entry a replica, in lists of equal length.
fn of_host(document: &mut Document, evidence: &mut Evidence) -> Vec<Engine> {
    let root = "scenario/host";
    let entries = document.elements(&format!("{root}/accelerator"));
    let kinds: Vec<Part> =
        (0..entries).map(|n| Part::parse(document.text(&format!("{root}/type/{n}")))).collect();
    if entries > 0 && document.get(&format!("{root}/type/{entries}")).is_some() {
        let told = "more types than accelerators; those without an accelerator are left out";
        evidence.problem(Problem::warning(ProblemCode::Conflict, format!("{root}/type"), told));
    }
    let engine = |document: &mut Document, n: usize| {
        let at = format!("{root}/accelerator/{n}");
        let stated = signed(document, &format!("{at}/count"));
        Engine {
            part: kinds[n],
            replicas: 1,
            gpus: stated,
            tp: signed(document, &format!("{at}/parallelism/tp")),
            pp: signed(document, &format!("{at}/parallelism/pp")),
            dp: signed(document, &format!("{at}/parallelism/dp")),
            ep: signed(document, &format!("{at}/parallelism/ep")),
        }
    };
    let mut engines: Vec<Engine> = (0..entries).map(|n| engine(document, n)).collect();
    for (n, engine) in engines.iter_mut().enumerate() {
        // An environment without its variables has tp = dp = -1, and a count of their product.
        let broken = |document: &Document, key: &str| {
            let path = format!("{root}/accelerator/{n}/parallelism/{key}");
            matches!(document.get(&path), Some(Scalar::Int(n)) if *n < 1)
        };
        if broken(document, "tp") || broken(document, "dp") {
            engine.gpus = None;
            let told = "parallelism below 1: the environment was not known; GPUs are not counted";
            let at = format!("{root}/accelerator/{n}/parallelism");
            evidence.problem(Problem::warning(ProblemCode::LeftOut, at, told));
        }
    }
    engines
}

/// v0.2: engines of the stack, with their replicas; `count` is that of one pod.
fn of_stack(document: &mut Document) -> Vec<Engine> {
    let mut engines = Vec::new();
    for n in 0..document.elements("scenario/stack") {
        let at = format!("scenario/stack/{n}/standardized");
        let kind = [format!("{at}/kind"), format!("scenario/stack/{n}/metadata/kind")];
        let kind = kind.iter().find_map(|path| document.text(path));
        if kind != Some("inference_engine") {
            continue;
        }
        let part = Part::parse(document.text(&format!("{at}/role")));
        let parallel = format!("{at}/accelerator/parallelism");
        let workers = signed(document, &format!("{parallel}/workers")).unwrap_or(1);
        let pod = signed(document, &format!("{at}/accelerator/count"));
        engines.push(Engine {
            part,
            replicas: signed(document, &format!("{at}/replicas")).unwrap_or(1),
            gpus: pod.and_then(|pod| pod.checked_mul(workers)),
            tp: signed(document, &format!("{parallel}/tp")),
            pp: signed(document, &format!("{parallel}/pp")),
            dp: signed(document, &format!("{parallel}/dp")),
            ep: signed(document, &format!("{parallel}/ep")),
        });
    }
    engines
}

/// A count that is at least 1: 0 and -1 stand for what is not known.
fn signed(document: &mut Document, path: &str) -> Option<u32> {
    document.get(path)?;
    let n = document.number(path).filter(|n| n.fract() == 0.0 && *n >= 1.0)?;
    (n <= f64::from(u32::MAX)).then_some(n as u32)
}

/// Sums the engines of each role. Decode without prefill is an ordinary aggregated deployment.
fn roles(engines: &[Engine], evidence: &mut Evidence) {
    let of = |part: Part| -> Vec<Engine> {
        engines.iter().filter(|engine| engine.part == part).copied().collect()
    };
    let (prefill, decode) = (of(Part::Prefill), of(Part::Decode));
    let both = !prefill.is_empty() && !decode.is_empty();
    let mut mixed = Vec::new();
    let topology = if both {
        if !of(Part::Replica).is_empty() {
            let told = "replicas beside prefill and decode engines; they are in no role";
            evidence.problem(Problem::warning(ProblemCode::Conflict, "scenario", told));
        }
        Topology {
            prefill: role("prefill", &prefill, &mut mixed),
            decode: role("decode", &decode, &mut mixed),
            ..Topology::default()
        }
    } else {
        if decode.is_empty() && !prefill.is_empty() {
            let told = "prefill engines without decode engines; taken as one aggregated deployment";
            evidence.problem(Problem::warning(ProblemCode::Conflict, "scenario", told));
        }
        Topology { all: role("engine", engines, &mut mixed), ..Topology::default() }
    };
    evidence.identity.disagg = Some(both);
    evidence.identity.topology = topology;
    for told in mixed {
        evidence.problem(Problem::warning(ProblemCode::Conflict, "scenario", told));
    }
}

/// What the engines of a role have in common; what differs among them is told and left out.
fn role(name: &str, engines: &[Engine], mixed: &mut Vec<String>) -> RoleTopology {
    let mut common = |key: &str, of: fn(&Engine) -> Option<u32>| {
        let first = of(&engines[0]);
        if engines.iter().all(|engine| of(engine) == first) {
            return first;
        }
        mixed.push(format!("the {name} engines differ in {key}; it is left out"));
        None
    };
    RoleTopology {
        tp: common("TP", |engine| engine.tp),
        pp: common("PP", |engine| engine.pp),
        dp: common("DP", |engine| engine.dp),
        // Converters of v0.1 never fill it.
        ep: common("EP", |engine| engine.ep.filter(|ep| *ep > 1)),
        num_workers: engines.iter().try_fold(0_u32, |n, engine| n.checked_add(engine.replicas)),
        num_gpu: gpus(engines),
        ..RoleTopology::default()
    }
}

/// GPUs of all replicas; `None` when those of one engine are not known.
fn gpus(engines: &[Engine]) -> Option<u32> {
    engines
        .iter()
        .try_fold(0_u32, |sum, engine| sum.checked_add(engine.gpus?.checked_mul(engine.replicas)?))
}

fn count(engines: &[Engine], key: &'static str, evidence: &mut Evidence) {
    let metric = Metric::plain(Quantity::NumGpus);
    if let Some(total) = gpus(engines) {
        evidence.metrics.set(metric, f64::from(total), Origin::key(key));
        return;
    }
    // EP re-uses the ranks of TP and DP.
    let of_parallelism = engines.iter().try_fold(0_u32, |sum, engine| {
        let one = engine.tp?.checked_mul(engine.pp.unwrap_or(1))?.checked_mul(engine.dp?)?;
        sum.checked_add(one.checked_mul(engine.replicas)?)
    });
    if let Some(total) = of_parallelism {
        let origin = Origin::derived("tp × pp × dp of every replica; the count is not stated");
        evidence.metrics.set(metric, f64::from(total), origin);
    } else {
        let told = "the GPUs of an engine are not stated; nothing is told per GPU";
        evidence.problem(Problem::warning(ProblemCode::LeftOut, key, told));
    }
}

/// The models of the accelerators; `auto` is what the platform chose.
fn hardware(report: &Report<'_>, evidence: &mut Evidence) {
    let document = &report.document;
    let mut all: BTreeSet<&str> = BTreeSet::new();
    let mut of_part: [BTreeSet<&str>; 2] = Default::default();
    let entries = match report.version {
        Version::V1 | Version::Native => document.elements("scenario/host/accelerator"),
        Version::V2 => document.elements("scenario/stack"),
    };
    for n in 0..entries {
        let (model, part) = match report.version {
            Version::V1 | Version::Native => (
                document.text(&format!("scenario/host/accelerator/{n}/model")),
                document.text(&format!("scenario/host/type/{n}")),
            ),
            Version::V2 => {
                let at = format!("scenario/stack/{n}/standardized");
                (
                    document.text(&format!("{at}/accelerator/model")),
                    document.text(&format!("{at}/role")),
                )
            }
        };
        let Some(model) = model.filter(|model| !matches!(*model, "auto" | "unknown")) else {
            continue;
        };
        all.insert(model);
        match Part::parse(part) {
            Part::Prefill => of_part[0].insert(model),
            Part::Decode => of_part[1].insert(model),
            Part::Replica => false,
        };
    }
    let identity = &mut evidence.identity;
    let joined = |models: &BTreeSet<&str>| models.iter().copied().collect::<Vec<_>>().join("+");
    if all.is_empty() {
        return;
    }
    let names: BTreeSet<String> = all.iter().map(|model| names::gpu_product(model)).collect();
    identity.hardware = Some(names.into_iter().collect::<Vec<_>>().join("+"));
    identity.as_written.hardware = Some(joined(&all));
    let [prefill, decode] = &of_part;
    if !prefill.is_empty() && !decode.is_empty() && prefill != decode {
        identity.role_hardware = Some((joined(prefill), joined(decode)));
    }
}

/// Engine, image and router.
fn software(report: &Report<'_>, evidence: &mut Evidence) {
    let document = &report.document;
    let identity = &mut evidence.identity;
    let (tool, image) = match report.version {
        Version::V1 | Version::Native => {
            let name = document.text("scenario/platform/engine/0/name");
            // The name is the image; without an environment only its punctuation is left.
            let image = name.filter(|name| name.chars().any(char::is_alphanumeric));
            (image, image)
        }
        Version::V2 => {
            let engine = (0..document.elements("scenario/stack")).find(|n| {
                document.text(&format!("scenario/stack/{n}/standardized/kind"))
                    == Some("inference_engine")
            });
            let of = |key: &str| {
                document.text(&format!("scenario/stack/{}/standardized/{key}", engine?))
            };
            (of("tool"), of("tool_version"))
        }
    };
    let known = [("sglang", "sglang"), ("tensorrt", "trt"), ("trtllm", "trt"), ("vllm", "vllm")];
    let of_text = |text: &str| {
        let lower = text.to_ascii_lowercase();
        known.iter().find(|(word, _)| lower.contains(word)).map(|(_, name)| *name)
    };
    identity.framework = [tool, image].into_iter().flatten().find_map(of_text).map(str::to_owned);
    identity.as_written.framework = tool.map(str::to_owned);
    identity.image = image.filter(|image| image.contains(['/', ':'])).map(names::image);
    identity.router = match report.version {
        Version::V1 | Version::Native => scheduler(document),
        Version::V2 => router(document),
    };
}

/// The endpoint picker of v0.1: the weights of its scorers, and a mark of everything it is told.
fn scheduler(document: &Document) -> Option<String> {
    let root = "scenario/platform/metadata/inferenceScheduler";
    let mut weights = Vec::new();
    let mut mark = 0_u64;
    for (key, value) in document.below(root) {
        use std::hash::BuildHasher;
        // Seedless, and in the order of the keys: the same configuration has the same mark.
        mark = rustc_hash::FxBuildHasher.hash_one((mark, key, format!("{value:?}")));
        if let Some(at) = key.strip_suffix("/pluginRef")
            && let Some(name) = document.text(&format!("{root}/{key}"))
            && let Some(weight) = document.get(&format!("{root}/{at}/weight"))
        {
            let weight = match weight {
                Scalar::Int(n) => n.to_string(),
                Scalar::Float(x) => x.to_string(),
                _ => continue,
            };
            weights.push(format!("{name}={weight}"));
        }
    }
    (mark != 0).then(|| {
        let weights = weights.join(" ");
        let between = if weights.is_empty() { "" } else { " " };
        format!("endpoint picker{between}{weights} #{:08x}", mark >> 32)
    })
}

/// The endpoint picker of v0.2, with the start of the hash of its configuration.
fn router(document: &Document) -> Option<String> {
    let scheduler = (0..document.elements("scenario/stack")).find(|n| {
        let tool = document.text(&format!("scenario/stack/{n}/standardized/tool"));
        tool.is_some_and(|tool| tool.contains("Scheduler") || tool.contains("EPP"))
    })?;
    let hash = document.text(&format!("scenario/stack/{scheduler}/metadata/cfg_id"));
    Some(match hash {
        Some(hash) => format!("endpoint picker #{}", hash.chars().take(8).collect::<String>()),
        None => "endpoint picker".to_owned(),
    })
}

/// The layout in the name of the setup's folder, for reports without a host:
/// `….setup_standalone_<replicas>_<tp>_NA_NA_NA_NA`,
/// `….setup_modelservice_NA_NA_<P>_<P tp>_<D>_<D tp>`.
fn of_setup_name(path: &str, evidence: &mut Evidence) {
    let Some(words) = path.split('/').find_map(|part| {
        let (_, setup) = part.split_once("setup_")?;
        let words: Vec<&str> = setup.split('_').collect();
        (words.len() == 7).then_some(words)
    }) else {
        return;
    };
    let number = |n: usize| words[n].parse::<u32>().ok().filter(|n| *n > 0);
    let engine = |part, replicas, tp| {
        Some(Engine {
            part,
            replicas: replicas?,
            gpus: tp,
            tp: Some(tp?),
            pp: None,
            dp: None,
            ep: None,
        })
    };
    let engines: Vec<Engine> = match words[0] {
        "standalone" => engine(Part::Replica, number(1), number(2)).into_iter().collect(),
        "modelservice" => {
            let prefill = engine(Part::Prefill, number(3), number(4));
            let decode = engine(Part::Decode, number(5), number(6));
            prefill.into_iter().chain(decode).collect()
        }
        _ => return,
    };
    if engines.is_empty() {
        return;
    }
    roles(&engines, evidence);
    if let Some(total) = gpus(&engines) {
        let origin = Origin::derived("replicas × tp of the setup that the folder's name states");
        evidence.metrics.set(Metric::plain(Quantity::NumGpus), f64::from(total), origin);
    }
    let told = "taken from the folder's name: replicas, parallelism";
    evidence.problem(Problem::note(ProblemCode::FromName, "", told));
}
