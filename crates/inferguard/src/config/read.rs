//! Reads `inferguard.toml`: what it does not know is a mistake, and every mistake is told with its
//! line.
//!
//! The document is walked by hand, because only the walker knows which name was meant.

use std::ops::Range;

use inferguard_analysis::cost::Prices;
use inferguard_analysis::slo::Slo;
use inferguard_findings::{FindingMeta, Limits};
use inferguard_model::names;
use inferguard_schema::Severity;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::names::{did_you_mean, finding};
use super::{CellRule, IgnoreRule, Mistake, Pattern, Settings, guidelines};

pub(super) type Key<'d> = Spanned<DeString<'d>>;
pub(super) type Value<'d> = Spanned<DeValue<'d>>;

/// The settings of a text, or every mistake in it.
pub(super) fn settings(text: &str) -> Result<Settings, Vec<Mistake>> {
    let mut reader = Reader { text, mistakes: Vec::new() };
    let mut settings = Settings::default();
    match DeTable::parse(text) {
        Ok(document) => reader.document(document.get_ref(), &mut settings),
        Err(error) => {
            let at = error.span().unwrap_or_default();
            reader.wrong(at, format!("not valid TOML: {}", error.message()));
        }
    }
    reader.mistakes.sort();
    if reader.mistakes.is_empty() { Ok(settings) } else { Err(reader.mistakes) }
}

/// The members of a configuration.
const KEYS: [&str; 7] =
    ["thresholds", "severity", "ignore", "cells", "prices", "slo", "guidelines"];

pub(super) struct Reader<'t> {
    text: &'t str,
    mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    fn document(&mut self, document: &DeTable<'_>, settings: &mut Settings) {
        for (key, value) in document {
            match &**key.get_ref() {
                "thresholds" => self.thresholds(key, value, &mut settings.limits),
                "severity" => self.severities(key, value, settings),
                "ignore" => {
                    let rules = self.tables(key, value);
                    settings.ignore = rules.filter_map(|rule| self.ignore(rule)).collect();
                }
                "cells" => {
                    let rules = self.tables(key, value);
                    settings.cells = rules.filter_map(|rule| self.cells(rule)).collect();
                }
                "prices" => settings.prices = self.prices(key, value),
                "slo" => settings.slo = self.slo(key, value),
                "guidelines" => guidelines::read(self, key, value, &mut settings.guidelines),
                _ => self.unknown("key", key, "", KEYS),
            }
        }
    }

    fn thresholds(&mut self, key: &Key<'_>, value: &Value<'_>, limits: &mut Limits) {
        for (code, values) in self.table(key, value).into_iter().flatten() {
            let Some(meta) = self.code(code) else { continue };
            for (name, value) in self.table(code, values).into_iter().flatten() {
                let known = meta.thresholds.iter();
                let Some(threshold) = known.clone().find(|t| *t.name == **name.get_ref()) else {
                    let of = format!(" of `{}`", meta.code);
                    self.unknown("threshold", name, &of, known.map(|threshold| threshold.name));
                    continue;
                };
                if let Some(number) = self.number(name, value) {
                    limits.set(meta.code, threshold, number);
                }
            }
        }
    }

    fn severities(&mut self, key: &Key<'_>, value: &Value<'_>, settings: &mut Settings) {
        const KNOWN: [Severity; 3] = [Severity::Info, Severity::Warning, Severity::Critical];
        for (code, value) in self.table(key, value).into_iter().flatten() {
            let meta = self.code(code);
            let Some(text) = self.text(code, value) else { continue };
            let severity = KNOWN.into_iter().find(|severity| severity.name() == text);
            if severity.is_none() {
                let hint = did_you_mean(text, KNOWN.map(Severity::name));
                self.wrong(value.span(), format!("unknown severity `{text}`{hint}"));
            }
            settings.severities.extend(meta.map(|meta| meta.code).zip(severity));
        }
    }

    fn ignore(&mut self, rule: &Value<'_>) -> Option<IgnoreRule> {
        let (mut code, mut reason, mut cells) = (None, None, None);
        for (key, value) in rule.get_ref().as_table()? {
            match &**key.get_ref() {
                "code" => code = Some((self.text(key, value)?, value)),
                "reason" => reason = Some(self.text(key, value)?.trim().to_owned()),
                "cells" => cells = Some(self.pattern(key, value)?),
                _ => self.unknown("key", key, " of [[ignore]]", ["code", "reason", "cells"]),
            }
        }
        let (code, at) = self.required(rule, "code", code)?;
        let meta = finding(code).map_err(|error| self.wrong(at.span(), error.to_string())).ok()?;
        let reason = self.required(rule, "reason", reason)?;
        Some(IgnoreRule { code: meta.code, reason, cells })
    }

    fn cells(&mut self, rule: &Value<'_>) -> Option<CellRule> {
        let (mut path, mut gpus, mut hardware) = (None, None, None);
        for (key, value) in rule.get_ref().as_table()? {
            match &**key.get_ref() {
                "path" => path = Some(self.pattern(key, value)?),
                "gpus" => gpus = Some(self.count(key, value)?),
                "hardware" => hardware = Some(self.text(key, value)?.trim().to_owned()),
                _ => self.unknown("key", key, " of [[cells]]", ["path", "gpus", "hardware"]),
            }
        }
        if gpus.is_none() && hardware.is_none() {
            self.wrong(rule.span(), "[[cells]] says neither `gpus` nor `hardware`".to_owned());
        }
        Some(CellRule { path: self.required(rule, "path", path)?, gpus, hardware })
    }

    fn prices(&mut self, key: &Key<'_>, value: &Value<'_>) -> Option<Prices> {
        let mut prices = Prices::default();
        for (key, value) in self.table(key, value)? {
            if key.get_ref() == "currency" {
                self.text(key, value)?.trim().clone_into(&mut prices.currency);
            } else if let Some(price) = self.number(key, value) {
                let hardware = names::hardware(key.get_ref());
                if prices.by_hardware.contains_key(&hardware) {
                    self.wrong(key.span(), format!("`{hardware}` has two prices"));
                }
                prices.by_hardware.insert(hardware, price);
            }
        }
        Some(prices)
    }

    fn slo(&mut self, key: &Key<'_>, value: &Value<'_>) -> Vec<Slo> {
        let Some(texts) = value.get_ref().as_array() else {
            let told = format!("`{}` is no list; write [\"ttft:500 tpot:30\"]", key.get_ref());
            self.wrong(value.span(), told);
            return Vec::new();
        };
        let mut all = Vec::new();
        for value in texts {
            let Some(text) = self.text(key, value) else { continue };
            match text.parse() {
                Ok(slo) => all.push(slo),
                Err(error) => self.wrong(value.span(), format!("`slo`: {error}")),
            }
        }
        all
    }

    fn code(&mut self, key: &Key<'_>) -> Option<&'static FindingMeta> {
        finding(key.get_ref()).map_err(|error| self.wrong(key.span(), error.to_string())).ok()
    }

    pub(super) fn table<'d>(
        &mut self,
        key: &Key<'_>,
        value: &'d Value<'_>,
    ) -> Option<&'d DeTable<'d>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong(value.span(), format!("`{}` is no table", key.get_ref()));
        }
        table
    }

    fn tables<'d>(
        &mut self,
        key: &Key<'_>,
        value: &'d Value<'_>,
    ) -> impl Iterator<Item = &'d Value<'d>> + use<'d> {
        let rules = value.get_ref().as_array();
        let rules = rules.filter(|rules| rules.iter().all(|rule| rule.get_ref().is_table()));
        if rules.is_none() {
            let key = key.get_ref();
            self.wrong(value.span(), format!("`{key}` is no list of tables; write [[{key}]]"));
        }
        rules.into_iter().flatten()
    }

    fn text<'d>(&mut self, key: &Key<'_>, value: &'d Value<'_>) -> Option<&'d str> {
        let text = value.get_ref().as_str().filter(|text| !text.trim().is_empty());
        if text.is_none() {
            self.wrong(value.span(), format!("`{}` is no text, or blank", key.get_ref()));
        }
        text
    }

    fn pattern(&mut self, key: &Key<'_>, value: &Value<'_>) -> Option<Pattern> {
        let pattern = self.text(key, value)?.parse();
        pattern
            .map_err(|error| self.wrong(value.span(), format!("`{}`: {error}", key.get_ref())))
            .ok()
    }

    pub(super) fn number(&mut self, key: &Key<'_>, value: &Value<'_>) -> Option<f64> {
        let number = number(value).filter(|number| number.is_finite() && *number >= 0.0);
        if number.is_none() {
            let told = format!("`{}` is no number that is finite and not negative", key.get_ref());
            self.wrong(value.span(), told);
        }
        number
    }

    fn count(&mut self, key: &Key<'_>, value: &Value<'_>) -> Option<u32> {
        let whole = number(value).filter(|n| n.fract() == 0.0 && (1.0..=1e6).contains(n));
        if whole.is_none() {
            let told = format!("`{}` is no whole number from 1 on", key.get_ref());
            self.wrong(value.span(), told);
        }
        whole.map(|n| n as u32)
    }

    pub(super) fn required<T>(
        &mut self,
        rule: &Value<'_>,
        key: &str,
        value: Option<T>,
    ) -> Option<T> {
        if value.is_none() {
            self.wrong(rule.span(), format!("`{key}` is missing"));
        }
        value
    }

    pub(super) fn unknown(
        &mut self,
        what: &str,
        key: &Key<'_>,
        of: &str,
        known: impl IntoIterator<Item = &'static str>,
    ) {
        let hint = did_you_mean(key.get_ref(), known);
        self.wrong(key.span(), format!("unknown {what} `{}`{of}{hint}", key.get_ref()));
    }

    pub(super) fn wrong(&mut self, at: Range<usize>, message: String) {
        let before = self.text.get(..at.start).unwrap_or_default();
        let line = 1 + before.matches('\n').count();
        self.mistakes.push(Mistake { line, message });
    }
}

fn number(value: &Value<'_>) -> Option<f64> {
    match value.get_ref() {
        DeValue::Integer(n) => i64::from_str_radix(n.as_str(), n.radix()).ok().map(|n| n as f64),
        DeValue::Float(x) => x.as_str().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> Vec<String> {
        let told = |m: Mistake| format!("{}: {}", m.line, m.message);
        settings(text).expect_err(text).into_iter().map(told).collect()
    }

    #[test]
    fn every_member_is_read() {
        let settings = settings(
            r#"
            slo = ["ttft:500 tpot:30", "p90_e2el:9000"]
            [thresholds.partial_run]
            min_success_rate = 0.9
            [severity]
            summary_mismatch = "info"
            [[ignore]]
            code = "unreadable_artifact"
            reason = " old crash "
            cells = "2025/**"
            [[ignore]]
            code = "summary_mismatch"
            reason = "rounded"
            [[cells]]
            path = "hopper/**"
            gpus = 8
            hardware = "H100-nv"
            [prices]
            currency = "EUR"
            h100 = 2
            B200-nv = 3.5
            "#,
        )
        .expect("good");
        let partial = finding("partial_run").expect("known");
        assert_eq!(settings.limits.get(partial, &partial.thresholds[0]), 0.9);
        assert_eq!(settings.severities, [("summary_mismatch", Severity::Info)].into());
        let ignored: Vec<_> = settings.ignore.iter().map(|r| (r.code, r.reason.as_str())).collect();
        assert_eq!(
            ignored,
            [("unreadable_artifact", "old crash"), ("summary_mismatch", "rounded")]
        );
        assert_eq!(settings.ignore[0].cells, Some("2025/**".parse().expect("a glob")));
        assert_eq!((settings.cells[0].gpus, settings.cells.len()), (Some(8), 1));
        let prices = settings.prices.expect("prices");
        let by_hardware = [("b200".to_owned(), 3.5), ("h100".to_owned(), 2.0)].into();
        assert_eq!((prices.currency.as_str(), prices.by_hardware), ("EUR", by_hardware));
        assert_eq!(settings.slo.len(), 2);
        assert_eq!(super::settings("# nothing\n"), Ok(Settings::default()));
    }

    #[test]
    fn names_that_are_not_known_are_told_with_line_and_nearest_name() {
        assert_eq!(
            mistakes(
                "tresholds = 1\n[severity]\npartal_run = \"info\"\nsummary_mismatch = \"warn\""
            ),
            [
                "1: unknown key `tresholds`; did you mean `thresholds`?",
                "3: unknown code `partal_run`; did you mean `partial_run`?",
                "4: unknown severity `warn`; did you mean `warning`?",
            ]
        );
        assert_eq!(
            mistakes("[thresholds]\npartial_run.min_sucess_rate = 1\nsummary_mismatch.x = 1"),
            [
                "2: unknown threshold `min_sucess_rate` of `partial_run`; did you mean `min_success_rate`?",
                "3: unknown threshold `x` of `summary_mismatch`; known: `relative_tolerance`",
            ]
        );
        assert_eq!(
            mistakes(
                "[[ignore]]\ncode = \"nope\"\nreason = \"x\"\n[[cells]]\npaht = \"a\"\ngpus = 1"
            ),
            [
                "2: unknown code `nope`",
                "4: `path` is missing",
                "5: unknown key `paht` of [[cells]]; did you mean `path`?",
            ]
        );
    }

    #[test]
    fn values_that_mean_nothing_are_told() {
        for bad in ["-1", "-0.1", "nan", "inf", "-inf", "1e999", "\"1\"", "true", "[]"] {
            let text = format!("[thresholds.partial_run]\nmin_success_rate = {bad}");
            let told = "2: `min_success_rate` is no number that is finite and not negative";
            assert_eq!(mistakes(&text), [told], "{bad}");
        }
        for bad in ["0", "1.5", "-8", "1e9", "\"8\""] {
            let text = format!("[[cells]]\npath = \"a\"\ngpus = {bad}");
            assert_eq!(mistakes(&text), ["3: `gpus` is no whole number from 1 on"], "{bad}");
        }
        for (text, told) in [
            ("thresholds = 1", "1: `thresholds` is no table"),
            ("[thresholds]\npartial_run = 1", "2: `partial_run` is no table"),
            ("ignore = 1", "1: `ignore` is no list of tables; write [[ignore]]"),
            ("[ignore]\ncode = \"a\"", "1: `ignore` is no list of tables; write [[ignore]]"),
            ("cells = [1]", "1: `cells` is no list of tables; write [[cells]]"),
            ("[[ignore]]\ncode = \"partial_run\"", "1: `reason` is missing"),
            ("[[ignore]]\nreason = \"x\"", "1: `code` is missing"),
            (
                "[[ignore]]\ncode = \"partial_run\"\nreason = \" \"",
                "3: `reason` is no text, or blank",
            ),
            ("[[cells]]\npath = \"a\"", "1: [[cells]] says neither `gpus` nor `hardware`"),
            ("[prices]\nH100 = 1\nh100 = 2", "3: `h100` has two prices"),
            ("[prices]\nh100 = -2", "2: `h100` is no number that is finite and not negative"),
            ("slo = \"ttft:5\"", "1: `slo` is no list; write [\"ttft:500 tpot:30\"]"),
            ("slo = [5]", "1: `slo` is no text, or blank"),
        ] {
            assert_eq!(mistakes(text), [told], "{text}");
        }
        assert!(mistakes("slo = [\"ttft:x\"]")[0].starts_with("1: `slo`: `ttft:x` is no limit"));
        assert!(mistakes("[[cells]]\ngpus = 1\npath = \"a{\"")[0].starts_with("3: `path`: "));
        assert!(mistakes("a = [")[0].starts_with("1: not valid TOML: "));
        assert!(mistakes("a = 1\na = 2")[0].starts_with("2: not valid TOML: "));
    }
}
