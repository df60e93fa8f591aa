//! The metrics as Prometheus scrapes them: OpenMetrics 1.0 to those who ask for it, else the text format 0.0.4.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, prometheus_text, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};

use crate::board::Board;
use crate::families::{Family, Kind, Value, families};

/// A format of the exposition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// Prometheus' text format 0.0.4, which also node_exporter's textfile collector reads.
    Text,
}

impl Form {
    /// The one to answer with, by the `Accept` header: OpenMetrics only where it is named and nothing is preferred to it.
    pub fn accepted(accept: &str) -> Self {
        let (mut open_metrics, mut plain) = (0.0_f32, 0.0_f32);
        for range in accept.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
            let (mut quality, mut version) = (1.0_f32, None);
            for parameter in parts {
                match parameter.split_once('=') {
                    Some((name, value)) if name.trim().eq_ignore_ascii_case("q") => {
                        quality =
                            value.trim().parse().ok().filter(|q| (0.0..=1.0).contains(q)).unwrap_or(0.0);
                    }
                    Some((name, value)) if name.trim().eq_ignore_ascii_case("version") => {
                        version = Some(value.trim().trim_matches('"').to_owned());
                    }
                    _ => {}
                }
            }
            match kind.as_str() {
                "application/openmetrics-text" if matches!(version.as_deref(), None | Some("1.0.0")) => {
                    open_metrics = open_metrics.max(quality);
                }
                "text/plain" if matches!(version.as_deref(), None | Some("0.0.4")) => {
                    plain = plain.max(quality);
                }
                _ => {}
            }
        }
        if open_metrics > 0.0 && open_metrics >= plain { Self::OpenMetrics } else { Self::Text }
    }

    /// What it is called in a `Content-Type` header.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Text => prometheus_text::CONTENT_TYPE,
        }
    }
}

/// The metrics of a board.
///
/// # Errors
/// None that a text in memory has.
pub fn render(board: &Board, form: Form) -> Result<String, fmt::Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Exposed(families(board))));
    let mut rendered = String::new();
    match form {
        Form::OpenMetrics => text::encode(&mut rendered, &registry)?,
        Form::Text => prometheus_text::encode(&mut rendered, &registry)?,
    }
    Ok(rendered)
}

/// Families on their way out.
#[derive(Debug)]
struct Exposed(Vec<Family>);

impl Collector for Exposed {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        for family in &self.0 {
            let unit = family.seconds.then_some(Unit::Seconds);
            let kind = match family.kind {
                Kind::Gauge => MetricType::Gauge,
                Kind::Counter => MetricType::Counter,
                Kind::Histogram => MetricType::Histogram,
                Kind::Info => MetricType::Info,
            };
            let mut metric = encoder.encode_descriptor(family.name, family.help, unit.as_ref(), kind)?;
            for sample in &family.samples {
                let labels: Vec<(&str, &str)> =
                    sample.labels.iter().map(|(name, value)| (*name, value.as_str())).collect();
                if sample.value == Value::Info {
                    // Its labels are its value.
                    metric.encode_info(&labels)?;
                } else {
                    value(&mut metric.encode_family(&labels)?, &sample.value)?;
                }
            }
        }
        Ok(())
    }
}

fn value(encoder: &mut MetricEncoder<'_>, value: &Value) -> Result<(), fmt::Error> {
    match value {
        Value::Whole(whole) => encoder.encode_gauge(whole),
        Value::Float(float) => encoder.encode_gauge(float),
        Value::Counter(count) => encoder.encode_counter::<NoLabelSet, _, u64>(count, None),
        Value::Histogram(histogram) => encoder.encode_histogram::<NoLabelSet>(
            histogram.sum(),
            histogram.count(),
            &histogram.buckets(),
            None,
        ),
        Value::Info => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::board::tests::{board, record};
    use crate::run::Ending;

    #[test]
    fn both_formats_read_well() {
        insta::assert_snapshot!("openmetrics", render(&board(), Form::OpenMetrics).unwrap());
        insta::assert_snapshot!("text", render(&board(), Form::Text).unwrap());
    }

    /// The family a line belongs to: by its descriptor, the one that stands above it.
    fn contiguous(text: &str) -> BTreeMap<String, usize> {
        let (mut families, mut now): (BTreeMap<String, usize>, String) = (BTreeMap::new(), String::new());
        for line in text.lines().filter(|line| *line != "# EOF") {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                now = rest.split(' ').next().unwrap().to_owned();
                assert_eq!(families.insert(now.clone(), 0), None, "{now} comes twice");
            } else if !line.starts_with('#') {
                assert!(line.starts_with(now.trim_end_matches("_total")), "{line} under {now}");
                *families.get_mut(&now).unwrap() += 1;
            }
        }
        families
    }

    #[test]
    fn families_are_contiguous_and_none_is_empty() {
        for form in [Form::OpenMetrics, Form::Text] {
            let text = render(&board(), form).unwrap();
            assert_eq!(text.ends_with("# EOF\n"), form == Form::OpenMetrics);
            let families = contiguous(&text);
            assert!(families.len() > 10 && families.values().all(|lines| *lines > 0), "{families:?}");
            let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
            let series: BTreeSet<&str> = lines.iter().map(|line| line.rsplit_once(' ').unwrap().0).collect();
            assert_eq!(series.len(), lines.len());
        }
    }

    #[test]
    fn seventy_two_hours_of_runs_do_not_grow() {
        let mut board = board();
        let before = render(&board, Form::Text).unwrap().lines().count();
        let runs =
            [("team/app:canary", Ending::Done, None), ("team/app:canary", Ending::Failed, Some("throttled"))];
        for at in 0..72 * 60 {
            let (target, ending, cause) = runs[usize::from(at % 7 == 0)];
            board.record(&record(
                target,
                &[Ending::Done, ending, Ending::Done, Ending::Done, Ending::Done],
                cause,
            ));
        }
        // One more failure, of another step and cause, and nothing else.
        let after = render(&board, Form::Text).unwrap().lines().count();
        assert!(after <= before + 20, "{before} lines have become {after}");
    }

    #[test]
    fn open_metrics_is_for_those_who_ask_for_it() {
        let prometheus = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        for accept in [
            prometheus,
            "application/openmetrics-text",
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
            "APPLICATION/OpenMetrics-Text;Version=\"1.0.0\"",
        ] {
            assert_eq!(Form::accepted(accept), Form::OpenMetrics, "{accept}");
        }
        for accept in [
            "",
            "*/*",
            "text/plain",
            "application/openmetrics-text;version=2.0.0",
            "application/openmetrics-text;q=0",
            "text/plain;q=0.9,application/openmetrics-text;q=0.5",
            "application/openmetrics-text;q=nonsense",
            ",;=,q",
        ] {
            assert_eq!(Form::accepted(accept), Form::Text, "{accept}");
        }
    }
}
