//! The metrics, made when they are asked for from what the engine knows: nothing is kept twice, however many secrets there
//! are.

use std::fmt;
use std::sync::Arc;

use ecrpass_core::time::EpochSeconds;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use crate::engine::Engine;
use crate::shared::Shared;

/// The kind of text that [`text`] returns.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Results that a rule may ask for before they have happened.
const RENEWALS: [&str; 5] = ["conflict", "created", "deleted", "error", "updated"];
/// The same of service accounts.
const ACCOUNTS: [&str; 3] = ["changed", "conflict", "error"];

struct Operator(Arc<Shared>);

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Operator")
    }
}

/// The registry of all metrics.
pub fn registry(shared: &Arc<Shared>) -> Registry {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Operator(Arc::clone(shared))));
    registry
}

/// All metrics as text.
///
/// # Errors
/// Never, as text always has room.
pub fn text(registry: &Registry) -> Result<String, fmt::Error> {
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, registry)?;
    Ok(text)
}

type Labels<'a> = Vec<(&'a str, &'a str)>;

/// One metric, of as many series as there are.
fn put<'a>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    kind: MetricType,
    series: impl IntoIterator<Item = (Labels<'a>, i64)>,
) -> fmt::Result {
    let is_counter = matches!(kind, MetricType::Counter);
    let mut metric = encoder.encode_descriptor(name, help, None, kind)?;
    for (labels, value) in series {
        if is_counter {
            let value = u64::try_from(value).unwrap_or_default();
            put_counter(&mut metric.encode_family(&labels)?, value)?;
        } else if labels.is_empty() {
            metric.encode_gauge(&value)?;
        } else {
            metric.encode_family(&labels)?.encode_gauge(&value)?;
        }
    }
    Ok(())
}

fn put_counter(metric: &mut prometheus_client::encoding::MetricEncoder<'_>, value: u64) -> fmt::Result {
    metric.encode_counter::<NoLabelSet, u64, u64>(&value, None)
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl Collector for Operator {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let now = self.0.clock.now();
        let engine = self.0.engine();
        secrets(&mut encoder, &engine, now)?;
        counts(&mut encoder, &engine)?;
        let flag = |value: bool| vec![(Vec::new(), i64::from(value))];
        put(
            &mut encoder,
            "ecrpass_leader",
            "Whether this replica writes",
            MetricType::Gauge,
            flag(engine.is_leading()),
        )?;
        let help = "Whether some right is missing in the cluster";
        put(&mut encoder, "ecrpass_degraded", help, MetricType::Gauge, flag(engine.is_degraded(now)))?;
        let version = vec![(vec![("version", env!("CARGO_PKG_VERSION"))], 1)];
        put(&mut encoder, "ecrpass_build_info", "The version that runs", MetricType::Gauge, version)
    }
}

fn secrets(encoder: &mut DescriptorEncoder<'_>, engine: &Engine, now: i64) -> fmt::Result {
    let settings = engine.settings();
    let mut series: Vec<(Labels<'_>, EpochSeconds)> = Vec::new();
    for (name, namespace) in engine.index.namespaces() {
        for (number, record) in &namespace.secrets {
            let Some(secret) = settings.pull_secrets.get(*number) else { continue };
            for host in record.hosts.iter().filter(|host| host.intact) {
                let labels =
                    vec![("namespace", &**name), ("secret", &*secret.name), ("registry", &*host.host)];
                series.push((labels, host.expires));
            }
        }
    }
    let help = "When the entry of a registry in a pull secret expires";
    put(encoder, "ecrpass_pull_secret_expiry_timestamp_seconds", help, MetricType::Gauge, series)?;
    let survey = engine.survey(now);
    let states = [
        ("conflict", survey.conflict),
        ("due", survey.due),
        ("expired", survey.expired),
        ("fresh", survey.fresh),
        ("missing", survey.missing),
    ];
    let states = states.map(|(state, count)| (vec![("state", state)], number(count)));
    put(encoder, "ecrpass_pull_secrets", "Pull secrets by how they are", MetricType::Gauge, states)
}

fn counts(encoder: &mut DescriptorEncoder<'_>, engine: &Engine) -> fmt::Result {
    let (counts, settings) = (&engine.counts, engine.settings());
    let known = |results: &[&'static str], counted: &std::collections::BTreeMap<&'static str, u64>| {
        let of = |result: &&'static str| {
            (vec![("result", *result)], count(counted.get(*result).copied().unwrap_or(0)))
        };
        results.iter().map(of).collect::<Vec<_>>()
    };
    let series = known(&RENEWALS, &counts.renewals);
    put(encoder, "ecrpass_pull_secret_renewals", "Writes of pull secrets", MetricType::Counter, series)?;
    let series =
        counts.failures.iter().map(|(cause, number)| (vec![("cause", cause.as_str())], count(*number)));
    put(encoder, "ecrpass_pull_secret_failures", "Failures by cause", MetricType::Counter, series)?;
    let series = counts.tokens.iter().map(|((source, region, success), number)| {
        let result = if *success { "success" } else { "error" };
        (vec![("source", source.as_str()), ("region", region.as_str()), ("result", result)], count(*number))
    });
    put(encoder, "ecrpass_token_requests", "Tokens asked of AWS", MetricType::Counter, series)?;
    let series = counts.last_success.iter().filter_map(|(number, at)| {
        let token = settings.tokens.get(*number)?;
        Some((vec![("source", token.source.as_str()), ("region", token.registry.region())], *at))
    });
    let help = "When the last token came";
    let name = "ecrpass_token_last_success_timestamp_seconds";
    put(encoder, name, help, MetricType::Gauge, unique(series))?;
    let series = known(&ACCOUNTS, &counts.accounts);
    put(
        encoder,
        "ecrpass_service_account_patches",
        "Patches of service accounts",
        MetricType::Counter,
        series,
    )
}

/// Two tokens may have the same labels (an ordinary and a FIPS endpoint); the older one says how things are.
fn unique<'a>(series: impl Iterator<Item = (Labels<'a>, i64)>) -> impl Iterator<Item = (Labels<'a>, i64)> {
    let mut least = std::collections::BTreeMap::new();
    for (labels, value) in series {
        let known = least.entry(labels).or_insert(value);
        *known = value.min(*known);
    }
    least.into_iter()
}
