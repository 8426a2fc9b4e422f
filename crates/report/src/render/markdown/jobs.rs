//! Jobs and workers: what each job was asked for and left, how it ended, and what its workers did
//! under the loads. Only where there are any.

use inferguard_schema::{Cell, Job, JobEvent, WorkerLogSummary, WorkersSection};

use super::page::{Column, Page, listed};
use super::{LIST_ITEMS, TABLE_ROWS};
use crate::escape::{code, prose};
use crate::number::{MISSING, count, measure, percent};
use crate::overview::Overview;

pub(super) fn part(overview: &Overview, page: &mut Page) {
    let jobs = &overview.report.jobs;
    let cells = overview.report.cells.iter();
    let workers: Vec<_> = cells.filter_map(|cell| Some((cell, cell.workers.as_deref()?))).collect();
    if jobs.is_empty() && workers.is_empty() {
        return;
    }
    page.heading(3, "Jobs and workers");
    if !jobs.is_empty() {
        table(jobs, page);
    }
    if !workers.is_empty() {
        roles(&workers, page);
        rates(&workers, page);
    }
}

fn table(jobs: &[Job], page: &mut Page) {
    let columns = [
        Column::text("Job"),
        Column::text("Date"),
        Column::text("Topology"),
        Column::number("GPUs working of provisioned"),
        Column::text("Load levels"),
        Column::number("Worker logs"),
        Column::text("What its logs tell"),
        Column::text("Tags"),
    ];
    let rows: Vec<_> = jobs.iter().take(TABLE_ROWS).map(row).collect();
    page.table(&columns, &rows, jobs.len());
}

fn row(job: &Job) -> Vec<String> {
    let text = |text: Option<&String>| text.map_or_else(|| MISSING.to_owned(), |text| prose(text));
    let gpus = |n: Option<u64>| n.map_or_else(|| MISSING.to_owned(), count);
    // Schedulers stop the workers of every job that is done.
    let events: Vec<_> = job.events.iter().filter(|event| event.kind != "stopped").collect();
    let event = |event: &&JobEvent| {
        let place = format!("{}:{}", event.path, event.line);
        format!(
            "{} × {} ({})",
            prose(&event.kind.replace('_', " ")),
            count(event.count),
            code(&place)
        )
    };
    vec![
        code(&job.job_id),
        text(job.date.as_ref()),
        text(job.topology.as_ref()),
        match (job.num_gpus, job.num_provisioned_gpus) {
            (None, None) => MISSING.to_owned(),
            (working, provisioned) => format!("{} of {}", gpus(working), gpus(provisioned)),
        },
        levels(job),
        count(job.worker_logs),
        listed(&events, LIST_ITEMS, ", ", event).unwrap_or_default(),
        listed(&job.tags, LIST_ITEMS, ", ", |tag| prose(tag)).unwrap_or_default(),
    ]
}

/// How many of the planned levels have a result, and which have none.
fn levels(job: &Job) -> String {
    if let Some(why) = &job.no_result {
        return prose(why);
    }
    let (Some(planned), Some(missing)) = (&job.planned_concurrencies, &job.missing_concurrencies)
    else {
        return format!("{}; no plan is known", count(job.cell_ids.len() as u64));
    };
    let measured = planned.len().saturating_sub(missing.len());
    let of = format!("{measured} of {}", planned.len());
    match listed(missing, LIST_ITEMS, ", ", ToString::to_string) {
        Some(missing) => format!("{of}; none at concurrency {missing}"),
        None => of,
    }
}

fn roles(workers: &[(&Cell, &WorkersSection)], page: &mut Page) {
    page.paragraph(
        "What workers did while a cell was measured, by their logs: all of a role added up, KV \
         usage and queue as the highest of one rank.",
    );
    let columns = [
        Column::text("Cell"),
        Column::text("Role"),
        Column::number("Workers"),
        Column::number("Ranks"),
        Column::number("Input tok/s"),
        Column::number("Of that cached"),
        Column::number("Output tok/s"),
        Column::number("Max KV usage"),
        Column::number("Max queued"),
        Column::number("Preempted"),
    ];
    let all = || {
        workers.iter().flat_map(|(cell, all)| all.series.iter().map(move |one| (cell, all, one)))
    };
    let rows = all().take(TABLE_ROWS).map(|(cell, all, role)| {
        let of = || all.logs.iter().filter(|log| log.role == role.role);
        let sum = |value: fn(&WorkerLogSummary) -> Option<f64>| {
            of().filter_map(value).reduce(|a, b| a + b)
        };
        let most =
            |value: fn(&WorkerLogSummary) -> Option<f64>| of().filter_map(value).reduce(f64::max);
        let shown = |value: Option<f64>| value.map_or_else(|| MISSING.to_owned(), measure);
        let computed = sum(|log| log.input_tput_tps);
        let cached = sum(|log| log.cached_input_tput_tps);
        let share = computed.zip(cached).map(|(computed, cached)| (computed + cached, cached));
        let share = share.filter(|(all, _)| *all > 0.0).map(|(all, cached)| cached / all);
        let usage = most(|log| log.max_kv_cache_usage);
        vec![
            code(&cell.cell_id),
            prose(&role.role),
            count(role.workers),
            count(role.ranks),
            shown(computed.map(|computed| computed + cached.unwrap_or(0.0))),
            share.map_or_else(|| MISSING.to_owned(), percent),
            shown(sum(|log| log.output_tput_tps)),
            usage.map_or_else(|| MISSING.to_owned(), percent),
            shown(most(|log| log.max_requests_queued)),
            shown(sum(|log| log.preemptions)),
        ]
    });
    page.table(&columns, &rows.collect::<Vec<_>>(), all().count());
}

fn rates(workers: &[(&Cell, &WorkersSection)], page: &mut Page) {
    let matched: Vec<_> =
        workers.iter().filter_map(|(cell, all)| Some((cell, all.rate_match.as_ref()?))).collect();
    if matched.is_empty() {
        return;
    }
    page.paragraph(
        "Rate match: tokens/s of all prefill workers ÷ ISL against tokens/s of all decode workers \
         ÷ OSL, over the load and while each works.",
    );
    let columns = [
        Column::text("Cell"),
        Column::number("Prefill requests/s"),
        Column::number("Decode requests/s"),
        Column::number("Prefill at work"),
        Column::number("Decode at work"),
        Column::number("Decode / prefill, at work"),
    ];
    let rows = matched.iter().take(TABLE_ROWS).map(|(cell, rates)| {
        vec![
            code(&cell.cell_id),
            measure(rates.prefill_requests_per_second),
            measure(rates.decode_requests_per_second),
            percent(rates.prefill_at_work_share),
            percent(rates.decode_at_work_share),
            measure(rates.at_work),
        ]
    });
    page.table(&columns, &rows.collect::<Vec<_>>(), matched.len());
}
