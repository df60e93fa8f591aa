//! How Alertmanager groups these alerts and holds back what follows from another. Source: Alertmanager documentation,
//! "Configuration".

use super::language::{Format, heading};
use crate::alarms::settings::Settings;
use crate::alarms::value::{Value, list, map};

/// A configuration to take the route and the inhibition rules from.
pub fn configuration(settings: &Settings) -> String {
    let matcher = |text: &str| list([text]);
    let text = |text: &str| Value::from(text);
    let route = map([
        ("receiver", text("team")),
        (
            "routes",
            Value::List(vec![map([
                ("matchers", matcher("source=\"ecrpass\"")),
                ("receiver", text("team")),
                // One message for a node or a registry, not one for each pod.
                ("group_by", list(["alertname", "registry", "namespace"])),
                ("group_wait", text("30s")),
                ("group_interval", text("5m")),
                ("repeat_interval", text("4h")),
                (
                    "routes",
                    Value::List(vec![map([
                        ("matchers", matcher("severity=\"critical\"")),
                        ("receiver", text("on-call")),
                        ("repeat_interval", text("1h")),
                    ])]),
                ),
            ])]),
        ),
    ]);
    let inhibition = |source: &str, target: &str, equal: Value| {
        map([
            ("source_matchers", matcher(&format!("alertname=\"{source}\""))),
            ("target_matchers", matcher(target)),
            ("equal", equal),
        ])
    };
    let rules = vec![
        inhibition(
            "EcrPullSecretExpired",
            "alertname=\"EcrPullSecretExpiring\"",
            list(["namespace", "secret", "registry"]),
        ),
        inhibition("EcrNodeCannotPull", "alertname=\"EcrPodCannotPull\"", list(["cluster"])),
        inhibition("EcrCanaryAbsent", "alertname=~\"EcrCanaryLate|EcrCanaryTargetGone\"", list(["cluster"])),
    ];
    let receiver = |name: &str| {
        let hook = map([
            ("url", Value::from(format!("http://localhost:9094/{name}"))),
            ("send_resolved", Value::Bool(true)),
        ]);
        map([("name", Value::from(name)), ("webhook_configs", Value::List(vec![hook]))])
    };
    let document = map([
        ("route", route),
        ("inhibit_rules", Value::List(rules)),
        ("receivers", Value::List(vec![receiver("team"), receiver("on-call")])),
    ]);
    format!(
        "{}# An example: take route and inhibit_rules over, and put your own receivers in.\n# Save what a webhook gets, and `ecrpass explain` it.\n{}\n",
        heading(Format::Alertmanager, settings),
        document.yaml(0).join("\n")
    )
}
