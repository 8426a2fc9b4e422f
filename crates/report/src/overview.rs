//! What several outputs ask of a report: who belongs where, and what comes first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use inferguard_schema::{
    BreakingPoint, Cell, CompletionStatus, Finding, Point, Problem, Report, Scenario, Series,
    Severity,
};
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

/// A report with its cells, series and findings at hand.
pub(crate) struct Overview<'a> {
    pub(crate) report: &'a Report,
    /// Every finding, worst first; those that `--closed-v1` set apart are among them.
    pub(crate) findings: Vec<&'a Finding>,
    /// Every breaking point, worst first.
    pub(crate) breaks: Vec<Break<'a>>,
    cells: FxHashMap<&'a str, &'a Cell>,
    by_cell: FxHashMap<&'a str, Vec<&'a Finding>>,
    places: FxHashMap<&'a str, Place<'a>>,
    /// Code and cell of the findings that a breaking point tells.
    told: FxHashSet<(&'a str, &'a str)>,
}

/// A series and where it belongs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) series: &'a Series,
    /// What tells it from the others of its scenario.
    pub(crate) known_by: KnownBy,
}

/// What it takes to name a series in its scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KnownBy {
    /// No other series has its label.
    Label,
    /// Series of other runs have its label.
    Run,
    /// Series of its own run have its label.
    Id,
}

/// Where a cell stands: its series and load level.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) member: Member<'a>,
    pub(crate) point: &'a Point,
}

/// A breaking point and its series, when the report has it.
pub(crate) struct Break<'a> {
    pub(crate) point: &'a BreakingPoint,
    pub(crate) scenario: &'a Scenario,
    pub(crate) member: Option<Member<'a>>,
    /// The findings that it tells, in the order of its codes.
    pub(crate) findings: Vec<&'a Finding>,
}

/// Problems of one code that were noticed while reading.
pub(crate) struct ProblemGroup<'a> {
    pub(crate) severity: &'a str,
    pub(crate) code: &'a str,
    pub(crate) times: u64,
    /// The first of them, and the cell or file that it is about.
    pub(crate) example: &'a Problem,
    pub(crate) place: &'a str,
}

/// Problems by severity and code, the most severe and frequent first.
pub(crate) fn problem_groups(report: &Report) -> Vec<ProblemGroup<'_>> {
    let of_cells = report.cells.iter();
    let of_cells = of_cells.flat_map(|c| c.problems.iter().map(move |p| (c.cell_id.as_str(), p)));
    let of_files = report.artifact_manifest.iter();
    let of_files = of_files.flat_map(|a| a.problems.iter().map(move |p| (a.path.as_str(), p)));
    let mut groups: BTreeMap<(&str, &str), ProblemGroup<'_>> = BTreeMap::new();
    for (place, example) in of_cells.chain(of_files) {
        let (severity, code) = (&*example.severity, &*example.code);
        let group = ProblemGroup { severity, code, times: 0, example, place };
        groups.entry((severity, code)).or_insert(group).times += 1;
    }
    let rank = |severity: &str| {
        ["error", "warning", "note"].iter().position(|known| *known == severity).unwrap_or(3)
    };
    let mut groups: Vec<_> = groups.into_values().collect();
    // The sort is stable: equal counts stay in order of severity and code.
    groups.sort_by_key(|group| (rank(group.severity), Reverse(group.times)));
    groups
}

/// What a list of the worst tells in one entry.
pub(crate) enum Worst<'o, 'a> {
    Break(&'o Break<'a>),
    Finding(&'a Finding),
}

impl<'a> Overview<'a> {
    pub(crate) fn new(report: &'a Report) -> Self {
        let apart = report.extensions.iter().flat_map(|extensions| &extensions.findings);
        let mut findings: Vec<_> = report.findings.iter().chain(apart).collect();
        findings.sort_by_key(|finding| Reverse(finding.severity));
        let mut by_cell: FxHashMap<_, Vec<_>> = FxHashMap::default();
        for &finding in &findings {
            if let Some(cell_id) = &finding.cell_id {
                by_cell.entry(cell_id.as_ref()).or_default().push(finding);
            }
        }
        let cells = report.cells.iter().map(|cell| (cell.cell_id.as_str(), cell)).collect();
        let mut places = FxHashMap::with_capacity_and_hasher(report.cells.len(), FxBuildHasher);
        let mut breaks = Vec::new();
        for scenario in &report.cross_run.scenarios {
            let members: Vec<_> = members(scenario).collect();
            for &member in &members {
                for point in &member.series.points {
                    let left_out = point.left_out.0.iter().map(|(id, _)| &**id);
                    let ids = point.cell_ids.iter().map(AsRef::as_ref).chain(left_out);
                    places.extend(ids.map(|id| (id, Place { member, point })));
                }
            }
            if !scenario.breaking_points.is_empty() {
                let by_id: FxHashMap<&str, Member> =
                    members.iter().map(|member| (member.series.id.as_str(), *member)).collect();
                breaks.extend(scenario.breaking_points.iter().map(|point| Break {
                    point,
                    scenario,
                    member: by_id.get(point.series.as_str()).copied(),
                    findings: told_by(point, &by_cell),
                }));
            }
        }
        breaks.sort_by_key(|one| Reverse(one.point.severity));
        let told = breaks.iter().flat_map(|one| &one.findings);
        let told = told.filter_map(|f| Some((&*f.code, f.cell_id.as_deref()?))).collect();
        Self { report, findings, breaks, cells, by_cell, places, told }
    }

    pub(crate) fn cell(&self, cell_id: &str) -> Option<&'a Cell> {
        self.cells.get(cell_id).copied()
    }

    /// The series and level of a cell.
    pub(crate) fn place(&self, cell_id: &str) -> Option<Place<'a>> {
        self.places.get(cell_id).copied()
    }

    /// Findings on a cell, worst first.
    pub(crate) fn findings_of(&self, cell_id: &str) -> &[&'a Finding] {
        self.by_cell.get(cell_id).map_or(&[], Vec::as_slice)
    }

    /// Whether a breaking point tells the finding.
    pub(crate) fn is_told_as_break(&self, finding: &Finding) -> bool {
        finding.cell_id.as_deref().is_some_and(|id| self.told.contains(&(&*finding.code, id)))
    }

    /// How many cells have the status.
    pub(crate) fn cells_with(&self, status: CompletionStatus) -> usize {
        self.report.cells.iter().filter(|cell| cell.completion.status == status).count()
    }

    /// The first `max` breaking points and other findings in order of severity, at most `per_code`
    /// of one code and severity, so that a fault of every cell does not hide the others; and how
    /// many findings are left untold.
    pub(crate) fn worst(&self, per_code: usize, max: usize) -> (Vec<Worst<'_, 'a>>, usize) {
        let breaks = self.breaks.iter().map(Worst::Break);
        let findings = self.findings.iter().filter(|finding| !self.is_told_as_break(finding));
        let mut all: Vec<_> =
            breaks.chain(findings.map(|finding| Worst::Finding(finding))).collect();
        // Stable: of one severity the breaking points come first.
        all.sort_by_key(|one| Reverse(one.severity()));
        let mut seen: FxHashMap<(Severity, Vec<&str>), usize> = FxHashMap::default();
        all.retain(|one| {
            let seen = seen.entry((one.severity(), one.codes())).or_default();
            *seen += 1;
            *seen <= per_code
        });
        all.truncate(max);
        let mut untold = self.findings.len();
        for one in &all {
            untold = untold.saturating_sub(match one {
                Worst::Break(one) => one.findings.len(),
                Worst::Finding(_) => 1,
            });
        }
        (all, untold)
    }

    /// `2 critical, 3 warning`, without severities that do not occur.
    pub(crate) fn severities(severities: impl IntoIterator<Item = Severity>) -> String {
        let mut counts = [0_u64; 3];
        for severity in severities {
            counts[severity as usize] += 1;
        }
        let told = [Severity::Critical, Severity::Warning, Severity::Info]
            .into_iter()
            .filter(|severity| counts[*severity as usize] > 0)
            .map(|severity| {
                format!("{} {}", crate::number::count(counts[severity as usize]), severity.name())
            });
        told.collect::<Vec<_>>().join(", ")
    }
}

impl<'a> Worst<'_, 'a> {
    fn severity(&self) -> Severity {
        match self {
            Self::Break(one) => one.point.severity,
            Self::Finding(finding) => finding.severity,
        }
    }

    fn codes(&self) -> Vec<&'a str> {
        match self {
            Self::Break(one) => one.point.codes.iter().map(String::as_str).collect(),
            Self::Finding(finding) => vec![&*finding.code],
        }
    }
}

/// The series of a scenario.
pub(crate) fn members(scenario: &Scenario) -> impl Iterator<Item = Member<'_>> {
    let (mut labels, mut in_runs) = (FxHashMap::default(), FxHashMap::default());
    for series in &scenario.series {
        let label = series.configuration.label.as_str();
        *labels.entry(label).or_insert(0_usize) += 1;
        *in_runs.entry((label, series.run.as_str())).or_insert(0_usize) += 1;
    }
    scenario.series.iter().map(move |series| {
        let label = series.configuration.label.as_str();
        let known_by = if labels.get(label) == Some(&1) {
            KnownBy::Label
        } else if in_runs.get(&(label, series.run.as_str())) == Some(&1) {
            KnownBy::Run
        } else {
            KnownBy::Id
        };
        Member { scenario, series, known_by }
    })
}

fn told_by<'p, 'a>(
    point: &'p BreakingPoint,
    by_cell: &FxHashMap<&str, Vec<&'a Finding>>,
) -> Vec<&'a Finding> {
    let on_cells: Vec<&'a Finding> = point
        .to_cell_ids
        .iter()
        .filter_map(|id| by_cell.get(id.as_ref()))
        .flatten()
        .copied()
        .collect();
    let of_code =
        |code: &'p String| on_cells.iter().copied().filter(move |finding| finding.code == *code);
    point.codes.iter().flat_map(of_code).collect()
}

/// The finite value of a metric.
pub(crate) fn metric(cell: &Cell, name: &str) -> Option<f64> {
    cell.metrics.get(name)?.as_f64().filter(|value| value.is_finite())
}
