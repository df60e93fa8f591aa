//! Functions that policies know from OPA and conftest and that the engine comes without.
//!
//! None of them reads a file, a clock or a network: the time is that of the audit.

use ecrpass_core::time;
use regorus::{Engine, Value};
use serde_json::Value as Json;

use crate::input;
use crate::walk;

/// How many values `walk` goes through.
const MAX_WALKED: usize = 1_000_000;

/// How deep it goes.
const MAX_DEPTH: usize = 200;

/// Gives an engine what it lacks.
///
/// # Errors
/// When it has one of them already.
pub(crate) fn add(engine: &mut Engine, now: i64) -> Result<(), String> {
    let mut put = |name: &str, count: u8, function: Box<dyn regorus::Extension>| {
        engine.add_extension(name.to_owned(), count, function).map_err(|error| format!("{name}: {error}"))
    };
    put(walk::LIST, 1, Box::new(|arguments: Vec<Value>| Ok(walked(&first(arguments)))))?;
    put("time.now_ns", 0, Box::new(move |_: Vec<Value>| Ok(Value::from(i128::from(now) * 1_000_000_000))))?;
    put("time.parse_rfc3339_ns", 1, Box::new(|arguments: Vec<Value>| Ok(nanoseconds(&first(arguments)))))?;
    put("yaml.unmarshal", 1, Box::new(|arguments: Vec<Value>| Ok(parsed("yaml", &first(arguments)))))?;
    put(
        "yaml.is_valid",
        1,
        Box::new(|arguments: Vec<Value>| {
            Ok(Value::from(parsed("yaml", &first(arguments)) != Value::Undefined))
        }),
    )?;
    put(
        "parse_config",
        2,
        Box::new(|mut arguments: Vec<Value>| {
            let text = arguments.pop().unwrap_or(Value::Undefined);
            let kind = first(arguments);
            Ok(kind.as_string().map_or(Value::Undefined, |kind| parsed(kind, &text)))
        }),
    )
}

fn first(arguments: Vec<Value>) -> Value {
    arguments.into_iter().next().unwrap_or(Value::Undefined)
}

/// All values of a document as `[path, value]`, itself first.
fn walked(value: &Value) -> Value {
    let mut pairs = Vec::new();
    let mut path = Vec::new();
    go_through(value, &mut path, &mut pairs);
    Value::from(pairs)
}

fn go_through(value: &Value, path: &mut Vec<Value>, pairs: &mut Vec<Value>) {
    if pairs.len() >= MAX_WALKED || path.len() > MAX_DEPTH {
        return;
    }
    pairs.push(Value::from(vec![Value::from(path.clone()), value.clone()]));
    let mut below = |key: Value, value: &Value| {
        path.push(key);
        go_through(value, path, pairs);
        path.pop();
    };
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| below(Value::from(index), item))
        }
        Value::Set(items) => items.iter().for_each(|item| below(item.clone(), item)),
        Value::Object(members) => {
            members.iter_sorted().for_each(|(key, value)| below(key.clone(), value));
        }
        _ => {}
    }
}

/// A time as nanoseconds since 1970; undefined for what is none.
fn nanoseconds(value: &Value) -> Value {
    let seconds = value.as_string().ok().and_then(|text| time::parse_rfc3339(text));
    seconds.map_or(Value::Undefined, |seconds| Value::from(i128::from(seconds) * 1_000_000_000))
}

/// A text as a configuration of that kind; undefined where it is none.
fn parsed(kind: &str, text: &Value) -> Value {
    let Ok(text) = text.as_string() else { return Value::Undefined };
    let mut documents = input::parse(kind, text);
    match documents.len() {
        0 => Value::Undefined,
        1 => Value::from(documents.remove(0)),
        _ => Value::from(Json::Array(documents)),
    }
}
