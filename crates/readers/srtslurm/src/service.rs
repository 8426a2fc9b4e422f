//! File names of the logs of a job's services: `{node}_{service}[_{number}].{out|err}`.

use inferguard_model::{Service, ServiceKind};

use crate::worker_log::WorkerLogName;

/// Services beside the workers.
const OTHERS: [&str; 6] =
    ["frontend", "nginx", "router", "nats", "etcd", "trtllm_serve_orchestrator"];

/// The service that wrote a log of this name.
pub(crate) fn of_name(name: &str) -> Option<Service> {
    if let Some(worker) = WorkerLogName::parse(name) {
        let kind = ServiceKind::Worker(worker.role, worker.worker);
        return Some(Service { node: worker.node.to_owned(), kind, number: None });
    }
    let stem = name.strip_suffix(".out").or_else(|| name.strip_suffix(".err"))?;
    let numbered = stem.rsplit_once('_').and_then(|(rest, number)| {
        let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| Some((rest, number.parse().ok()?)))?
    });
    let (stem, number) = numbered.map_or((stem, None), |(rest, number)| (rest, Some(number)));
    OTHERS.into_iter().find_map(|service| {
        let node = stem.strip_suffix(service)?.strip_suffix('_')?;
        let kind = ServiceKind::Other(service);
        (!node.is_empty()).then(|| Service { node: node.to_owned(), kind, number })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_known_by_their_logs() {
        let read = |name| of_name(name).map(|of| (of.node, of.kind.label(), of.number));
        let is =
            |node: &str, label: &str, number| Some((node.to_owned(), label.to_owned(), number));
        assert_eq!(read("rack_1_prefill_w0.out"), is("rack_1", "prefill w0", None));
        assert_eq!(read("n1_frontend_3.err"), is("n1", "frontend", Some(3)));
        assert_eq!(read("n1_frontend.err"), is("n1", "frontend", None));
        assert_eq!(read("n1_nginx.out"), is("n1", "nginx", None));
        assert_eq!(
            read("n1_trtllm_serve_orchestrator.out"),
            is("n1", "trtllm_serve_orchestrator", None)
        );
        for other in ["benchmark.out", "infra.out", "frontend.out", "log.err", "stage_model_n1.out"]
        {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
