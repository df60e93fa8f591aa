//! What goes out to an assistant: without secrets, masked, and no larger than it can read.

use ecrpass_core::redact::redact;
use ecrpass_core::visible::{visible, visible_lines};
use serde_json::{Map, Value};

use crate::render::ui::Ui;

/// The largest answer, in bytes of JSON.
const LARGEST: usize = 256 * 1024;

/// How much of something wrong is repeated, in characters.
const REPEATED: usize = 200;

/// The most that is said besides an answer, or in place of one, in characters.
const MOST_WORDS: usize = 4_000;

/// How much of a text is looked through for secrets before it is cut: half of one is not known for what it is.
const LOOKED_THROUGH: usize = 64 * 1024;

/// Something that was given, as an error may repeat it.
pub(super) fn repeated(text: &str) -> String {
    first(&visible(&redact(&first(text, LOOKED_THROUGH))), REPEATED)
}

/// What a command said to people.
pub(super) fn words(text: &str, voice: &Ui) -> String {
    first(&voice.shown_text(&first(text.trim(), LOOKED_THROUGH)), MOST_WORDS)
}

fn first(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// What a command printed for programs, as it may be passed on.
///
/// # Errors
/// When it is too large, and no list in it could be cut.
pub(super) fn answer(mut value: Value, voice: &Ui) -> Result<Value, String> {
    without_secrets(&mut value);
    fit(&mut value)?;
    let text = voice.json_text(&value).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// Once more, though commands take them out themselves: here nothing may be missed. Nor is anything to hide from whoever
/// reads along.
fn without_secrets(value: &mut Value) {
    match value {
        Value::String(text) => {
            *text = visible_lines(&redact(text)).into_owned();
        }
        Value::Array(values) => values.iter_mut().for_each(without_secrets),
        Value::Object(members) => members.values_mut().for_each(without_secrets),
        _ => {}
    }
}

/// Shortens the longest list until the answer fits, and says in `left_out` how much of each is missing. The best of a
/// list comes first.
fn fit(value: &mut Value) -> Result<(), String> {
    let mut left_out = Map::new();
    while size(value) > LARGEST {
        let lists = value.as_object_mut().into_iter().flatten();
        let lists = lists.filter_map(|(key, value)| Some((key.clone(), value.as_array_mut()?)));
        let longest = lists.filter(|(_, list)| list.len() > 1).max_by_key(|(_, list)| list_size(list));
        let Some((key, list)) = longest else {
            return Err(format!(
                "The answer is larger than {} kB. Next: ask about less, such as one file or one registry",
                LARGEST / 1024
            ));
        };
        let kept = list.len() / 2;
        let before = left_out.get(&key).and_then(Value::as_u64).unwrap_or_default();
        left_out.insert(key, Value::from(before + (list.len() - kept) as u64));
        list.truncate(kept);
    }
    if let (false, Some(object)) = (left_out.is_empty(), value.as_object_mut()) {
        object.insert("left_out".to_owned(), Value::Object(left_out));
    }
    Ok(())
}

fn size(value: &Value) -> usize {
    value.to_string().len()
}

fn list_size(list: &[Value]) -> usize {
    list.iter().map(size).sum()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_and_names_go_at_any_depth() {
        let token = "AQoDYXdzEJr1K2plantedplantedplanted";
        let value = json!({"a": [{"b": format!("AWS_SESSION_TOKEN={token}")}], "host": "123456789012.dkr.ecr.us-east-1.amazonaws.com"});
        let safe = answer(value, &Ui::new(true, true)).unwrap().to_string();
        assert!(!safe.contains(token) && safe.contains("[redacted]"), "{safe}");
        assert!(!safe.contains("123456789012") && safe.contains("100000000001.dkr.ecr"), "{safe}");
    }

    #[test]
    fn half_of_a_secret_is_none_that_is_shown() {
        let secret = format!("{}password={}", "x".repeat(190), "pLANTED1".repeat(40));
        for shown in
            [repeated(&secret), words(&format!("{}{secret}", "y ".repeat(1_880)), &Ui::new(true, false))]
        {
            assert!(!shown.contains("pLANTED1"), "{shown}");
        }
    }

    #[test]
    fn what_is_too_large_is_cut_where_it_is_longest() {
        let list: Vec<Value> =
            (0..10_000).map(|number| json!({"number": number, "text": "x".repeat(50)})).collect();
        let cut =
            answer(json!({"schema": "s", "short": [1, 2], "long": list}), &Ui::new(true, false)).unwrap();
        let kept = cut["long"].as_array().unwrap();
        assert!(size(&cut) <= LARGEST + 100 && kept.len() > 1_000, "{}", kept.len());
        assert_eq!(kept.len() as u64 + cut["left_out"]["long"].as_u64().unwrap(), 10_000);
        assert_eq!((&kept[0]["number"], &cut["short"]), (&json!(0), &json!([1, 2])));
        assert!(cut["left_out"].get("short").is_none());
        let one = json!({"list": ["x".repeat(LARGEST)]});
        assert!(answer(one, &Ui::new(true, false)).unwrap_err().contains("Next: ask about less"));
        let small = json!({"list": [1]});
        assert_eq!(answer(small.clone(), &Ui::new(true, true)).unwrap(), small);
    }
}
