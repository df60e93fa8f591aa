//! A template of CloudFormation: a topic, and the alarms, rules and filters that send to it.
//!
//! Source: CloudFormation Template Reference, the resource types used here.

use super::language::{Format, heading, name_of};
use super::metric_filters::NAMESPACE;
use crate::alarms::settings::Settings;
use crate::alarms::signal::Signal;
use crate::alarms::value::{Value, expression, map};
use crate::alarms::watch::{
    Dimension, EventRule, Metric, MetricAlarm, MetricFilter, Missing, Parameter, Source, Watch,
};

/// The template.
pub fn template(signals: &[Signal], settings: &Settings) -> String {
    let parameters = open(signals, settings);
    let mut resources = topic();
    for signal in signals {
        match &signal.watch {
            Watch::Metric(alarm) => resources.push(metric_alarm(signal, alarm, settings)),
            Watch::Event(rule) => resources.push(event_rule(signal, rule, settings)),
            Watch::Filter(filter) => resources.extend(metric_filter(signal, filter, settings)),
            Watch::Prometheus(_) => {}
        }
    }
    let parameter = |parameter: &Parameter| {
        let described = map([
            ("Type", Value::from("String")),
            ("Default", Value::from("")),
            ("Description", Value::from(parameter.title())),
        ]);
        (parameter.in_cloudformation().to_owned(), described)
    };
    let email = map([
        ("Type", Value::from("String")),
        ("Default", Value::from("")),
        ("Description", Value::from("The e-mail address to notify; empty for none.")),
    ]);
    let not_empty = |name: &str| map([("Fn::Not", Value::List(vec![map([("Fn::Equals", equal(name))])]))]);
    let conditions =
        |parameter: &Parameter| (condition(*parameter), not_empty(parameter.in_cloudformation()));
    let document = map([
        ("AWSTemplateFormatVersion", Value::from("2010-09-09")),
        ("Description", Value::from("Alarms on failed pulls from and logins to Amazon ECR")),
        (
            "Parameters",
            map([("Email".to_owned(), email)].into_iter().chain(parameters.iter().map(parameter))),
        ),
        (
            "Conditions",
            map([("HasEmail".to_owned(), not_empty("Email"))]
                .into_iter()
                .chain(parameters.iter().map(conditions))),
        ),
        ("Resources", map(resources)),
        (
            "Outputs",
            map([(
                "Topic",
                map([("Value", reference("Topic")), ("Description", Value::from("Where alarms are sent"))]),
            )]),
        ),
    ]);
    format!("{}{}\n", heading(Format::Cloudformation, settings), document.yaml(0).join("\n"))
}

/// What has to be said when it is deployed.
fn open(signals: &[Signal], settings: &Settings) -> Vec<Parameter> {
    let mut found: Vec<Parameter> = Vec::new();
    for signal in signals {
        match &signal.watch {
            Watch::Metric(alarm) => {
                found.extend(alarm.source.metrics().into_iter().flat_map(Metric::parameters));
            }
            Watch::Filter(_) if settings.log_group.is_none() => found.push(Parameter::LogGroup),
            _ => {}
        }
    }
    found.sort();
    found.dedup();
    found
}

fn condition(parameter: Parameter) -> String {
    format!("Has{}", parameter.in_cloudformation())
}

fn equal(parameter: &str) -> Value {
    Value::List(vec![reference(parameter), Value::from("")])
}

fn reference(name: &str) -> Value {
    expression(format!("!Ref {name}"))
}

/// The topic, and who may send to it. EventBridge's statement has no condition: it supports none there.
fn topic() -> Vec<(String, Value)> {
    let statement = |sid: &str, service: &str, condition: Option<Value>| {
        let mut members = vec![
            ("Sid", Value::from(sid)),
            ("Effect", Value::from("Allow")),
            ("Principal", map([("Service", Value::from(service))])),
            ("Action", Value::from("sns:Publish")),
            ("Resource", reference("Topic")),
        ];
        if let Some(condition) = condition {
            members.push(("Condition", condition));
        }
        map(members)
    };
    let own_account = map([("StringEquals", map([("aws:SourceAccount", reference("AWS::AccountId"))]))]);
    let policy = map([
        ("Version", Value::from("2012-10-17")),
        (
            "Statement",
            Value::List(vec![
                statement("Alarms", "cloudwatch.amazonaws.com", Some(own_account)),
                statement("Events", "events.amazonaws.com", None),
            ]),
        ),
    ]);
    let subscription = [
        ("TopicArn", reference("Topic")),
        ("Protocol", Value::from("email")),
        ("Endpoint", reference("Email")),
    ];
    let resource =
        |kind: &str, properties: Value| map([("Type", Value::from(kind)), ("Properties", properties)]);
    vec![
        ("Topic".to_owned(), map([("Type", Value::from("AWS::SNS::Topic"))])),
        (
            "TopicPolicy".to_owned(),
            resource(
                "AWS::SNS::TopicPolicy",
                map([("Topics", Value::List(vec![reference("Topic")])), ("PolicyDocument", policy)]),
            ),
        ),
        (
            "Mail".to_owned(),
            map([
                ("Type", Value::from("AWS::SNS::Subscription")),
                ("Condition", Value::from("HasEmail")),
                ("Properties", map(subscription)),
            ]),
        ),
    ]
}

fn resource(
    name: String,
    kind: &str,
    condition: Option<Parameter>,
    properties: Vec<(&str, Value)>,
) -> (String, Value) {
    let mut members = vec![("Type", Value::from(kind))];
    if let Some(parameter) = condition {
        members.push(("Condition", Value::from(self::condition(parameter))));
    }
    members.push(("Properties", map(properties)));
    (name, map(members))
}

fn metric_alarm(signal: &Signal, alarm: &MetricAlarm, settings: &Settings) -> (String, Value) {
    let condition = alarm.source.metrics().into_iter().flat_map(Metric::parameters).next();
    let mut properties = vec![
        ("AlarmName", Value::from(name_of(signal, settings))),
        ("AlarmDescription", Value::from(signal.text())),
    ];
    match &alarm.source {
        Source::One(metric) => {
            properties.extend(of_metric(metric));
            properties.extend([
                ("Statistic", Value::from(metric.statistic.name())),
                ("Period", Value::from(alarm.period)),
            ]);
        }
        Source::Math(text, metrics) => {
            let mut queries = vec![map([("Id", Value::from("result")), ("Expression", Value::from(*text))])];
            queries.extend(metrics.iter().map(|(id, metric)| {
                let stat = map([
                    ("Metric", map(of_metric(metric))),
                    ("Period", Value::from(alarm.period)),
                    ("Stat", Value::from(metric.statistic.name())),
                ]);
                map([("Id", Value::from(*id)), ("MetricStat", stat), ("ReturnData", Value::Bool(false))])
            }));
            properties.push(("Metrics", Value::List(queries)));
        }
    }
    properties.extend([
        ("EvaluationPeriods", Value::from(alarm.held.of)),
        ("DatapointsToAlarm", Value::from(alarm.held.datapoints)),
        ("ComparisonOperator", Value::from(alarm.comparison.name())),
        ("Threshold", Value::from(alarm.threshold)),
        ("TreatMissingData", Value::from(alarm.missing.name())),
        ("AlarmActions", Value::List(vec![reference("Topic")])),
        ("OKActions", Value::List(vec![reference("Topic")])),
    ]);
    resource(signal.name.clone(), "AWS::CloudWatch::Alarm", condition, properties)
}

fn of_metric(metric: &Metric) -> Vec<(&'static str, Value)> {
    let dimensions = metric.dimensions.iter().map(|dimension| {
        let (name, value) = match dimension {
            Dimension::Fixed(name, value) => (name, Value::from(value.clone())),
            Dimension::Open(name, parameter) => (name, reference(parameter.in_cloudformation())),
            Dimension::Region(name) => (name, reference("AWS::Region")),
        };
        map([("Name", Value::from(*name)), ("Value", value)])
    });
    vec![
        ("Namespace", Value::from(metric.namespace.clone())),
        ("MetricName", Value::from(metric.name.clone())),
        ("Dimensions", Value::List(dimensions.collect())),
    ]
}

fn event_rule(signal: &Signal, rule: &EventRule, settings: &Settings) -> (String, Value) {
    let target = map([
        ("Id", Value::from("topic")),
        ("Arn", reference("Topic")),
        ("InputTransformer", map([("InputTemplate", Value::from(message(signal)))])),
    ]);
    let properties = vec![
        ("Name", Value::from(name_of(signal, settings))),
        ("Description", Value::from(signal.text())),
        ("State", Value::from(rule.state())),
        ("EventPattern", rule.pattern.clone()),
        ("Targets", Value::List(vec![target])),
    ];
    resource(signal.name.clone(), "AWS::Events::Rule", None, properties)
}

/// What is sent: the alarm's text, and the event as it was, for `ecrpass explain`. `<aws.events.event>` is EventBridge's.
pub fn message(signal: &Signal) -> String {
    format!("{{\"text\": {}, \"event\": <aws.events.event>}}", ecrpass_json::quoted(&signal.text()))
}

fn metric_filter(signal: &Signal, filter: &MetricFilter, settings: &Settings) -> [(String, Value); 2] {
    let (group, condition) = match &settings.log_group {
        Some(group) => (Value::from(group.clone()), None),
        None => (reference(Parameter::LogGroup.in_cloudformation()), Some(Parameter::LogGroup)),
    };
    let transformation = map([
        ("MetricNamespace", Value::from(NAMESPACE)),
        ("MetricName", Value::from(signal.name.clone())),
        ("MetricValue", Value::from("1")),
        ("DefaultValue", Value::Number(0)),
    ]);
    let filtered = vec![
        ("FilterName", Value::from(name_of(signal, settings))),
        ("LogGroupName", group),
        ("FilterPattern", Value::from(filter.pattern.clone())),
        ("MetricTransformations", Value::List(vec![transformation])),
    ];
    let counted = vec![
        ("AlarmName", Value::from(name_of(signal, settings))),
        ("AlarmDescription", Value::from(signal.text())),
        ("Namespace", Value::from(NAMESPACE)),
        ("MetricName", Value::from(signal.name.clone())),
        ("Statistic", Value::from("Sum")),
        ("Period", Value::from(filter.period)),
        ("EvaluationPeriods", Value::Number(1)),
        ("ComparisonOperator", Value::from("GreaterThanOrEqualToThreshold")),
        ("Threshold", Value::from(filter.threshold)),
        ("TreatMissingData", Value::from(Missing::NotBreaching.name())),
        ("AlarmActions", Value::List(vec![reference("Topic")])),
    ];
    [
        resource(format!("{}Filter", signal.name), "AWS::Logs::MetricFilter", condition, filtered),
        resource(signal.name.clone(), "AWS::CloudWatch::Alarm", condition, counted),
    ]
}
