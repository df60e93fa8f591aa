//! A dashboard of Grafana: canary, kubelet, operator, and calls against quotas. Source: Grafana documentation, "Dashboard
//! JSON model"; CloudWatch data source, "Query editor".

mod panel;

use self::panel::{Panel, Query, Shape};
use crate::alarms::family::Family;
use crate::alarms::settings::Settings;
use crate::alarms::signals::OPERATIONS;
use crate::alarms::value::{Value, list, map};

/// The version of the model that this is written in.
const SCHEMA: i64 = 39;

/// How high panels are, in Grafana's units, and how wide a row is.
const HEIGHT: i64 = 8;
const WIDTH: i64 = 24;

/// The dashboard.
pub fn dashboard(settings: &Settings) -> String {
    let mut panels: Vec<Value> = Vec::new();
    let mut top = 0;
    for (title, families, row) in rows() {
        if !families.iter().any(|family| settings.families.contains(family)) {
            continue;
        }
        panels.push(panel::row(title, panels.len(), top));
        top += 1;
        let mut left = 0;
        for panel in row {
            if left + panel.width > WIDTH {
                left = 0;
                top += HEIGHT;
            }
            panels.push(panel.value(panels.len(), (left, top), HEIGHT));
            left += panel.width;
        }
        top += HEIGHT;
    }
    let source = |name: &str, label: &str, kind: &str| {
        map([
            ("name", Value::from(name)),
            ("label", Value::from(label)),
            ("type", Value::from("datasource")),
            ("query", Value::from(kind)),
            ("hide", Value::Number(0)),
        ])
    };
    let region = map([
        ("name", Value::from("region")),
        ("label", Value::from("Region of the quotas")),
        ("type", Value::from("textbox")),
        ("query", Value::from("default")),
        ("hide", Value::Number(0)),
    ]);
    let document = map([
        ("uid", Value::from(format!("ecrpass-{}", settings.name))),
        ("title", Value::from("Amazon ECR: pulls and logins")),
        (
            "description",
            Value::from(
                "Written by ecrpass alarms generate grafana. Every cause is explained by ecrpass explain --id CAUSE.",
            ),
        ),
        ("tags", list(["ecr", "ecrpass"])),
        ("schemaVersion", Value::Number(SCHEMA)),
        ("version", Value::Number(1)),
        ("editable", Value::Bool(true)),
        ("refresh", Value::from("1m")),
        ("time", map([("from", Value::from("now-6h")), ("to", Value::from("now"))])),
        ("timezone", Value::from("browser")),
        (
            "templating",
            map([(
                "list",
                Value::List(vec![
                    source("prometheus", "Prometheus", "prometheus"),
                    source("cloudwatch", "CloudWatch", "cloudwatch"),
                    region,
                ]),
            )]),
        ),
        ("annotations", map([("list", Value::List(Vec::new()))])),
        ("panels", Value::List(panels)),
    ]);
    document.json() + "\n"
}

type Row = (&'static str, &'static [Family], Vec<Panel>);

fn rows() -> [Row; 4] {
    [
        ("Canary", &[Family::Canary], canary()),
        (
            "Kubelet: credential provider and pods that wait",
            &[Family::Kubelet, Family::Pods, Family::ContainerInsights],
            kubelet(),
        ),
        ("Operator: pull secrets", &[Family::Operator], operator()),
        ("Calls against quotas", &[Family::Usage, Family::Cloudtrail], usage()),
    ]
}

fn canary() -> Vec<Panel> {
    let target = "{{registry}}/{{target}}";
    vec![
        Panel::new("Targets that fail", Shape::Stat, 4)
            .good_at_zero()
            .asks(Query::prometheus("count(ecrpass_canary_up == 0) or vector(0)", "")),
        Panel::new("Last runs", Shape::States, 20).asks(Query::prometheus("min by (registry, target) (ecrpass_canary_up)", target)),
        Panel::new("Failures by cause, in five minutes", Shape::Series, 12).asks(Query::prometheus(
            "sum by (step, cause) (increase(ecrpass_canary_failures_total[5m])) > 0",
            "{{step}}: {{cause}}",
        )),
        Panel::new("Duration of a step, nine of ten", Shape::Series, 12).unit("s").asks(Query::prometheus(
            "histogram_quantile(0.9, sum by (step, le) (rate(ecrpass_canary_step_duration_seconds_bucket[15m])))",
            "{{step}}",
        )),
        Panel::new("Since the last success", Shape::Series, 8)
            .unit("s")
            .asks(Query::prometheus("time() - max by (registry, target) (ecrpass_canary_last_success_timestamp_seconds)", target)),
        Panel::new("Retries, in five minutes", Shape::Series, 8).asks(Query::prometheus(
            "sum by (registry, step) (increase(ecrpass_canary_retries_total[5m]))",
            "{{registry}} {{step}}",
        )),
        Panel::new("Clock against AWS's", Shape::Series, 8)
            .unit("s")
            .asks(Query::prometheus("max by (instance) (ecrpass_canary_clock_offset_seconds)", "{{instance}}")),
    ]
}

fn kubelet() -> Vec<Panel> {
    let provider = "{plugin_name=~\"ecr-credential-provider.*\"}[10m]";
    vec![
        Panel::new("Pods that wait for an image", Shape::Series, 8).asks(Query::prometheus(
            "count by (namespace) (max by (namespace, pod) (\n    kube_pod_container_status_waiting_reason{reason=~\"ErrImagePull|ImagePullBackOff|InvalidImageName\"}\n  or\n    kube_pod_init_container_status_waiting_reason{reason=~\"ErrImagePull|ImagePullBackOff|InvalidImageName\"}\n) > 0)",
            "{{namespace}}",
        )),
        Panel::new("Failures of the provider, in ten minutes", Shape::Series, 8).asks(Query::prometheus(
            &format!("sum by (instance) (increase(kubelet_credential_provider_plugin_errors_total{provider}) or increase(kubelet_credential_provider_plugin_errors{provider})) > 0"),
            "{{instance}}",
        )),
        Panel::new("Duration of the provider", Shape::Series, 8)
            .unit("s")
            .asks(Query::prometheus(
                &format!("histogram_quantile(0.5, sum by (le) (rate(kubelet_credential_provider_plugin_duration_bucket{provider})))"),
                "one of two",
            ))
            .asks(Query::prometheus(
                &format!("histogram_quantile(0.99, sum by (le) (rate(kubelet_credential_provider_plugin_duration_bucket{provider})))"),
                "99 of 100",
            )),
    ]
}

fn operator() -> Vec<Panel> {
    vec![
        Panel::new("Secrets by state", Shape::Stat, 6)
            .asks(Query::prometheus("max by (state) (ecrpass_pull_secrets)", "{{state}}")),
        Panel::new("Time left of the first to expire", Shape::Series, 18).unit("s").asks(Query::prometheus(
            "bottomk(10, min by (namespace, secret, registry) (ecrpass_pull_secret_expiry_timestamp_seconds) - time())",
            "{{namespace}}/{{secret}} {{registry}}",
        )),
        Panel::new("Writes, in fifteen minutes", Shape::Series, 8)
            .asks(Query::prometheus("sum by (result) (increase(ecrpass_pull_secret_renewals_total[15m]))", "{{result}}")),
        Panel::new("Failures by cause, in fifteen minutes", Shape::Series, 8).asks(Query::prometheus(
            "sum by (cause) (increase(ecrpass_pull_secret_failures_total[15m])) > 0",
            "{{cause}}",
        )),
        Panel::new("Requests for tokens, in fifteen minutes", Shape::Series, 8).asks(Query::prometheus(
            "sum by (source, region, result) (increase(ecrpass_token_requests_total[15m]))",
            "{{source}} {{region}}: {{result}}",
        )),
    ]
}

/// Each operation's calls of a minute, in percent of what its default quota allows in one.
fn usage() -> Vec<Panel> {
    let mut percent =
        Panel::new("Calls of a minute, in percent of the default quotas", Shape::Series, 16).unit("percent");
    let mut counts = Panel::new("Calls of a minute", Shape::Series, 8);
    for (index, (operation, quota)) in OPERATIONS.into_iter().enumerate() {
        let id = format!("c{index}");
        percent = percent.asks(Query::calls(operation, &id, true)).asks(Query::math(
            &format!("p{index}"),
            &format!("100 * {id} / {}", u64::from(quota) * 60),
            operation,
        ));
        counts = counts.asks(Query::calls(operation, &id, false));
    }
    vec![percent, counts]
}
