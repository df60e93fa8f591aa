//! All documents given to policies at once, as conftest's `--combine` does, and which of them an answer is about.
//!
//! `input` is then a list of `{"path": …, "contents": …}`. What a message says is about the document whose number its
//! `path` begins with (`[3, "contents", "services"]`), or the file that it names as `file`; else about all of them.

use serde_json::{Value, json};

use crate::input::Input;
use crate::place::{Step, steps};
use crate::question::Answer;

/// What all documents together are called.
const ALL: &str = "all files";

/// All documents as one.
pub(crate) fn combine(inputs: &[Input]) -> Input {
    let each = |input: &Input| json!({"path": input.path, "contents": input.value});
    Input { path: ALL.to_owned(), document: 0, value: Value::Array(inputs.iter().map(each).collect()) }
}

/// Gives an answer to the document that it is about.
pub(crate) fn assign(answer: &mut Answer, inputs: &[Input]) {
    answer.file = None;
    let way = answer.more.get("path").map(steps).unwrap_or_default();
    let numbered = match way.split_first() {
        Some((Step::Index(index), rest)) => inputs.get(*index).map(|input| (input, rest)),
        _ => None,
    };
    let named = answer.more.get("file").and_then(Value::as_str);
    let found = numbered.or_else(|| Some((inputs.iter().find(|input| Some(&*input.path) == named)?, &*way)));
    let Some((input, rest)) = found else { return };
    // What stands before `contents` is about the document as a whole.
    let rest = match rest.split_first() {
        Some((Step::Key(key), rest)) if key == "contents" => rest,
        Some((Step::Key(key), _)) if key == "path" && numbered.is_some() => &[],
        _ => rest,
    };
    let rest: Vec<Value> = rest.iter().map(Step::value).collect();
    answer.file = Some(input.path.clone());
    answer.document = input.document;
    answer.more.insert("path".to_owned(), Value::Array(rest));
}

#[cfg(test)]
mod tests {
    use ecrpass_diagnosis::finding::Severity;

    use super::*;

    #[test]
    fn an_answer_is_about_the_document_it_names() {
        let input = |path: &str, document| Input { path: path.to_owned(), document, value: json!({"a": 1}) };
        let inputs = [input("a.yaml", 0), input("b.yaml", 0), input("b.yaml", 1)];
        let of = |more: Value| {
            let mut answer = Answer {
                rule: "main.deny".to_owned(),
                severity: Severity::Error,
                message: "m".to_owned(),
                more: more.as_object().cloned().unwrap_or_default(),
                policy: "p.rego".to_owned(),
                line: 3,
                file: Some(ALL.to_owned()),
                document: 0,
            };
            assign(&mut answer, &inputs);
            (answer.file, answer.document, answer.more.get("path").cloned())
        };
        let at = |file: &str, document, path| (Some(file.to_owned()), document, Some(path));
        assert_eq!(of(json!({"path": [2, "contents", "a"]})), at("b.yaml", 1, json!(["a"])));
        assert_eq!(of(json!({"path": "/1/contents/a/0"})), at("b.yaml", 0, json!(["a", 0])));
        assert_eq!(of(json!({"path": [0, "path"]})), at("a.yaml", 0, json!([])));
        assert_eq!(of(json!({"file": "b.yaml", "path": ["a"]})), at("b.yaml", 0, json!(["a"])));
        assert_eq!(of(json!({"file": "c.yaml"})), (None, 0, None));
        assert_eq!(of(json!({})), (None, 0, None));
        assert_eq!(of(json!({"path": [9]})).0, None);
        assert_eq!(combine(&inputs).value[1], json!({"path": "b.yaml", "contents": {"a": 1}}));
    }
}
