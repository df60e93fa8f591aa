//! Terraform and OpenTofu: a topic, and the alarms, rules and filters that send to it.
//!
//! Source: documentation of hashicorp/aws 6, the resources used here.

use super::cloudformation::message;
use super::language::{Format, heading, name_of};
use super::metric_filters::NAMESPACE;
use crate::alarms::settings::Settings;
use crate::alarms::signal::Signal;
use crate::alarms::value::{Value, aligned, expression, list, map};
use crate::alarms::watch::{
    Dimension, EventRule, Metric, MetricAlarm, MetricFilter, Missing, Parameter, Source, Watch,
};

/// The topic's address.
const TOPIC: &str = "aws_sns_topic.ecr_alarms.arn";

/// The topic, and who may send to it. EventBridge's statement has no condition: it supports none there.
const HEAD: &str = r#"data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

resource "aws_sns_topic" "ecr_alarms" {
  name = NAME
}

data "aws_iam_policy_document" "ecr_alarms" {
  statement {
    sid       = "Alarms"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.ecr_alarms.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }

  statement {
    sid       = "Events"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.ecr_alarms.arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}

resource "aws_sns_topic_policy" "ecr_alarms" {
  arn    = aws_sns_topic.ecr_alarms.arn
  policy = data.aws_iam_policy_document.ecr_alarms.json
}
"#;

/// A block: its head, its arguments, and the blocks in it.
struct Block {
    head: String,
    arguments: Vec<(&'static str, Value)>,
    blocks: Vec<Block>,
}

impl Block {
    fn new(head: impl Into<String>, arguments: Vec<(&'static str, Value)>) -> Self {
        Self { head: head.into(), arguments, blocks: Vec::new() }
    }

    fn write(&self, indent: usize, text: &mut String) {
        let space = " ".repeat(indent);
        text.push_str(&format!("{space}{} {{\n", self.head));
        let keys: Vec<String> = self.arguments.iter().map(|(key, _)| (*key).to_owned()).collect();
        for (key, (_, value)) in aligned(&keys).into_iter().zip(&self.arguments) {
            text.push_str(&format!("{space}  {key} = {}\n", value.hcl(indent + 2)));
        }
        for (index, block) in self.blocks.iter().enumerate() {
            if index > 0 || !self.arguments.is_empty() {
                text.push('\n');
            }
            block.write(indent + 2, text);
        }
        text.push_str(&format!("{space}}}\n"));
    }
}

/// The configuration.
pub fn configuration(signals: &[Signal], settings: &Settings) -> String {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Vec<Parameter> = Vec::new();
    for signal in signals {
        match &signal.watch {
            Watch::Metric(alarm) => {
                open.extend(alarm.source.metrics().into_iter().flat_map(Metric::parameters));
                blocks.push(metric_alarm(signal, alarm, settings));
            }
            Watch::Event(rule) => blocks.extend(event_rule(signal, rule, settings)),
            Watch::Filter(filter) => {
                if settings.log_group.is_none() {
                    open.push(Parameter::LogGroup);
                }
                blocks.extend(metric_filter(signal, filter, settings));
            }
            Watch::Prometheus(_) => {}
        }
    }
    open.sort();
    open.dedup();
    let mut text = heading(Format::Terraform, settings);
    for parameter in open {
        let variable = Block::new(
            format!("variable \"{}\"", parameter.in_terraform()),
            vec![
                ("type", expression("string")),
                ("default", Value::from("")),
                ("description", Value::from(parameter.title())),
            ],
        );
        variable.write(0, &mut text);
        text.push('\n');
    }
    let name = Value::from(format!("{}-alarms", settings.name)).hcl(0);
    text.push_str(&HEAD.replace("NAME", &name));
    for block in blocks {
        text.push('\n');
        block.write(0, &mut text);
    }
    text
}

fn label(signal: &Signal) -> String {
    signal.id().replace('-', "_")
}

/// How many there are of what only some have.
fn count(parameter: Parameter) -> (&'static str, Value) {
    ("count", expression(format!("var.{} == \"\" ? 0 : 1", parameter.in_terraform())))
}

fn metric_alarm(signal: &Signal, alarm: &MetricAlarm, settings: &Settings) -> Block {
    let mut arguments = Vec::new();
    arguments.extend(alarm.source.metrics().into_iter().flat_map(Metric::parameters).next().map(count));
    arguments.extend([
        ("alarm_name", Value::from(name_of(signal, settings))),
        ("alarm_description", Value::from(signal.text())),
    ]);
    let mut blocks = Vec::new();
    match &alarm.source {
        Source::One(metric) => {
            arguments.extend([
                ("namespace", Value::from(metric.namespace.clone())),
                ("metric_name", Value::from(metric.name.clone())),
                ("dimensions", dimensions(metric)),
                ("statistic", Value::from(metric.statistic.name())),
                ("period", Value::from(alarm.period)),
            ]);
        }
        Source::Math(text, metrics) => {
            blocks.push(Block::new(
                "metric_query",
                vec![
                    ("id", Value::from("result")),
                    ("expression", Value::from(*text)),
                    ("return_data", Value::Bool(true)),
                ],
            ));
            for (id, metric) in metrics {
                let mut query = Block::new("metric_query", vec![("id", Value::from(*id))]);
                query.blocks.push(Block::new(
                    "metric",
                    vec![
                        ("namespace", Value::from(metric.namespace.clone())),
                        ("metric_name", Value::from(metric.name.clone())),
                        ("dimensions", dimensions(metric)),
                        ("stat", Value::from(metric.statistic.name())),
                        ("period", Value::from(alarm.period)),
                    ],
                ));
                blocks.push(query);
            }
        }
    }
    arguments.extend([
        ("evaluation_periods", Value::from(alarm.held.of)),
        ("datapoints_to_alarm", Value::from(alarm.held.datapoints)),
        ("comparison_operator", Value::from(alarm.comparison.name())),
        ("threshold", Value::from(alarm.threshold)),
        ("treat_missing_data", Value::from(alarm.missing.name())),
        ("alarm_actions", list([expression(TOPIC)])),
        ("ok_actions", list([expression(TOPIC)])),
    ]);
    let head = format!("resource \"aws_cloudwatch_metric_alarm\" \"{}\"", label(signal));
    Block { head, arguments, blocks }
}

fn dimensions(metric: &Metric) -> Value {
    map(metric.dimensions.iter().map(|dimension| match dimension {
        Dimension::Fixed(name, value) => (*name, Value::from(value.clone())),
        Dimension::Open(name, parameter) => (*name, expression(format!("var.{}", parameter.in_terraform()))),
        Dimension::Region(name) => (*name, expression("data.aws_region.current.region")),
    }))
}

fn event_rule(signal: &Signal, rule: &EventRule, settings: &Settings) -> [Block; 2] {
    let label = label(signal);
    let rule = Block::new(
        format!("resource \"aws_cloudwatch_event_rule\" \"{label}\""),
        vec![
            ("name", Value::from(name_of(signal, settings))),
            ("description", Value::from(signal.text())),
            ("state", Value::from(rule.state())),
            ("event_pattern", expression(format!("jsonencode({})", rule.pattern.hcl(2)))),
        ],
    );
    let mut target = Block::new(
        format!("resource \"aws_cloudwatch_event_target\" \"{label}\""),
        vec![
            ("rule", expression(format!("aws_cloudwatch_event_rule.{label}.name"))),
            ("arn", expression(TOPIC)),
        ],
    );
    target
        .blocks
        .push(Block::new("input_transformer", vec![("input_template", Value::from(message(signal)))]));
    [rule, target]
}

fn metric_filter(signal: &Signal, filter: &MetricFilter, settings: &Settings) -> [Block; 2] {
    let label = label(signal);
    let (group, open) = match &settings.log_group {
        Some(group) => (Value::from(group.clone()), None),
        None => (
            expression(format!("var.{}", Parameter::LogGroup.in_terraform())),
            Some(count(Parameter::LogGroup)),
        ),
    };
    let mut filtered = Block::new(
        format!("resource \"aws_cloudwatch_log_metric_filter\" \"{label}\""),
        open.clone()
            .into_iter()
            .chain([
                ("name", Value::from(name_of(signal, settings))),
                ("log_group_name", group),
                ("pattern", Value::from(filter.pattern.clone())),
            ])
            .collect(),
    );
    filtered.blocks.push(Block::new(
        "metric_transformation",
        vec![
            ("namespace", Value::from(NAMESPACE)),
            ("name", Value::from(signal.name.clone())),
            ("value", Value::from("1")),
            ("default_value", Value::from("0")),
        ],
    ));
    let counted = Block::new(
        format!("resource \"aws_cloudwatch_metric_alarm\" \"{label}\""),
        open.into_iter()
            .chain([
                ("alarm_name", Value::from(name_of(signal, settings))),
                ("alarm_description", Value::from(signal.text())),
                ("namespace", Value::from(NAMESPACE)),
                ("metric_name", Value::from(signal.name.clone())),
                ("statistic", Value::from("Sum")),
                ("period", Value::from(filter.period)),
                ("evaluation_periods", Value::Number(1)),
                ("comparison_operator", Value::from("GreaterThanOrEqualToThreshold")),
                ("threshold", Value::from(filter.threshold)),
                ("treat_missing_data", Value::from(Missing::NotBreaching.name())),
                ("alarm_actions", list([expression(TOPIC)])),
            ])
            .collect(),
    );
    [filtered, counted]
}
