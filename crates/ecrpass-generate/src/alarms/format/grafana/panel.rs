//! A panel of the dashboard, and the queries it asks.

use crate::alarms::value::{Value, list, map};

/// How a panel looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Lines over time.
    Series,
    /// One number.
    Stat,
    /// A bar over time for each target, green and red.
    States,
}

/// A panel.
#[derive(Clone, Debug)]
pub struct Panel {
    title: &'static str,
    shape: Shape,
    /// How wide it is.
    pub width: i64,
    unit: &'static str,
    good_at_zero: bool,
    queries: Vec<Query>,
}

/// A query.
#[derive(Clone, Debug)]
pub enum Query {
    /// Of Prometheus: expression and legend.
    Prometheus(String, &'static str),
    /// Of CloudWatch: what it asks.
    Cloudwatch(Vec<(&'static str, Value)>),
}

impl Query {
    /// An expression of Prometheus, and what its lines are called.
    pub fn prometheus(expression: &str, legend: &'static str) -> Self {
        Self::Prometheus(expression.to_owned(), legend)
    }

    /// How often an operation is called in a minute.
    pub fn calls(operation: &str, id: &str, is_hidden: bool) -> Self {
        let dimension = |name: &'static str, value: &str| (name, list([value]));
        Self::Cloudwatch(vec![
            ("namespace", Value::from("AWS/Usage")),
            ("metricName", Value::from("CallCount")),
            (
                "dimensions",
                map([
                    dimension("Service", "ECR"),
                    dimension("Type", "API"),
                    dimension("Resource", operation),
                    dimension("Class", "None"),
                ]),
            ),
            ("statistic", Value::from("Sum")),
            ("matchExact", Value::Bool(true)),
            ("metricEditorMode", Value::Number(0)),
            ("id", Value::from(id)),
            ("expression", Value::from("")),
            ("label", Value::from(operation)),
            ("hide", Value::Bool(is_hidden)),
        ])
    }

    /// An expression over other queries of the panel.
    pub fn math(id: &str, expression: &str, label: &str) -> Self {
        Self::Cloudwatch(vec![
            ("metricEditorMode", Value::Number(1)),
            ("id", Value::from(id)),
            ("expression", Value::from(expression)),
            ("label", Value::from(label)),
            ("hide", Value::Bool(false)),
        ])
    }

    fn value(&self, number: usize) -> Value {
        let reference = Value::from(reference(number));
        match self {
            Self::Prometheus(expression, legend) => map([
                ("refId", reference),
                ("datasource", source("prometheus")),
                ("expr", Value::from(expression.clone())),
                ("legendFormat", Value::from(*legend)),
                ("range", Value::Bool(true)),
            ]),
            Self::Cloudwatch(asked) => map([
                ("refId", reference),
                ("datasource", source("cloudwatch")),
                ("queryMode", Value::from("Metrics")),
                ("metricQueryType", Value::Number(0)),
                ("region", Value::from("$region")),
                ("period", Value::from("60")),
            ]
            .into_iter()
            .chain(asked.iter().cloned())),
        }
    }

    fn source(&self) -> &'static str {
        match self {
            Self::Prometheus(..) => "prometheus",
            Self::Cloudwatch(_) => "cloudwatch",
        }
    }
}

impl Panel {
    /// A panel of that title and width.
    pub fn new(title: &'static str, shape: Shape, width: i64) -> Self {
        Self { title, shape, width, unit: "short", good_at_zero: false, queries: Vec::new() }
    }

    /// With values of that unit.
    pub fn unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }

    /// Green at zero, and red above.
    pub fn good_at_zero(mut self) -> Self {
        self.good_at_zero = true;
        self
    }

    /// With one more query.
    pub fn asks(mut self, query: Query) -> Self {
        self.queries.push(query);
        self
    }

    /// As Grafana has it, at that place.
    pub fn value(&self, id: usize, (left, top): (i64, i64), height: i64) -> Value {
        let kind = match self.shape {
            Shape::Series => "timeseries",
            Shape::Stat => "stat",
            Shape::States => "state-timeline",
        };
        let step = |color: &str, from: Option<i64>| {
            let from = from.map_or(Value::Null, Value::Number);
            map([("color", Value::from(color)), ("value", from)])
        };
        let steps = match (self.shape, self.good_at_zero) {
            (Shape::States, _) => vec![step("red", None), step("green", Some(1))],
            (_, true) => vec![step("green", None), step("red", Some(1))],
            _ => vec![step("blue", None)],
        };
        let mut defaults = vec![
            ("unit", Value::from(self.unit)),
            ("thresholds", map([("mode", Value::from("absolute")), ("steps", Value::List(steps))])),
        ];
        if self.shape == Shape::States || self.good_at_zero {
            defaults.push(("color", map([("mode", Value::from("thresholds"))])));
        }
        if self.shape == Shape::States {
            let word =
                |text: &str, color: &str| map([("text", Value::from(text)), ("color", Value::from(color))]);
            let words = map([("0", word("fails", "red")), ("1", word("pulls", "green"))]);
            let mapping = map([("type", Value::from("value")), ("options", words)]);
            defaults.push(("mappings", Value::List(vec![mapping])));
        }
        let queries = self.queries.iter().enumerate().map(|(number, query)| query.value(number)).collect();
        let source = self.queries.first().map_or("prometheus", Query::source);
        map([
            ("id", number(id)),
            ("type", Value::from(kind)),
            ("title", Value::from(self.title)),
            ("datasource", self::source(source)),
            ("gridPos", place((left, top), (self.width, height))),
            ("fieldConfig", map([("defaults", map(defaults)), ("overrides", Value::List(Vec::new()))])),
            ("options", map::<&str>([])),
            ("targets", Value::List(queries)),
        ])
    }
}

/// A row's heading.
pub fn row(title: &str, id: usize, top: i64) -> Value {
    map([
        ("id", number(id)),
        ("type", Value::from("row")),
        ("title", Value::from(title)),
        ("collapsed", Value::Bool(false)),
        ("gridPos", place((0, top), (24, 1))),
        ("panels", Value::List(Vec::new())),
    ])
}

fn number(index: usize) -> Value {
    Value::Number(i64::try_from(index + 1).unwrap_or(i64::MAX))
}

fn place((left, top): (i64, i64), (width, height): (i64, i64)) -> Value {
    let number = Value::Number;
    map([("x", number(left)), ("y", number(top)), ("w", number(width)), ("h", number(height))])
}

fn source(kind: &str) -> Value {
    map([("type", Value::from(kind)), ("uid", Value::from(format!("${{{kind}}}")))])
}

/// A, B, … Z, AA, …
fn reference(number: usize) -> String {
    let letter = |at: usize| char::from(b'A' + u8::try_from(at % 26).unwrap_or_default());
    match number.checked_div(26) {
        Some(round @ 1..) => format!("{}{}", letter(round - 1), letter(number)),
        _ => letter(number).to_string(),
    }
}
