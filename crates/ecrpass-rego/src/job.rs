//! A question and its answers as texts: policies are asked in a process of their own.

use std::time::Duration;

use ecrpass_diagnosis::finding::Severity;
use serde_json::{Value, json};

use crate::engine::PolicyError;
use crate::input::Input;
use crate::question::{Answer, Answers, PolicyFile, Question, Wish};

/// A question as text.
pub fn question_text(question: &Question) -> String {
    let (packages, is_test) = match &question.wish {
        Wish::Packages(names) => (json!(names), false),
        Wish::AllPackages => (Value::Null, false),
        Wish::Verify => (Value::Null, true),
    };
    let policies: Vec<Value> = question.policies.iter().map(|file| json!([file.path, file.text])).collect();
    let inputs: Vec<Value> =
        question.inputs.iter().map(|input| json!([input.path, input.document, input.value])).collect();
    let all = json!({
        "policies": policies, "data": question.data, "inputs": inputs, "packages": packages, "verify": is_test,
        "combined": question.is_combined,
        "now": question.now, "patience": u64::try_from(question.patience.as_millis()).unwrap_or(u64::MAX),
    });
    all.to_string()
}

/// A question from its text; `None` if it is none.
pub fn question(text: &str) -> Option<Question> {
    let Value::Object(mut all) = serde_json::from_str(text).ok()? else { return None };
    let policies = list(all.remove("policies")?)?.into_iter().map(|file| {
        let [path, text] = <[Value; 2]>::try_from(list(file)?).ok()?;
        Some(PolicyFile { path: string(path)?, text: string(text)? })
    });
    let inputs = list(all.remove("inputs")?)?.into_iter().map(|input| {
        let [path, document, value] = <[Value; 3]>::try_from(list(input)?).ok()?;
        Some(Input { path: string(path)?, document: number(&document)?, value })
    });
    let wish = match (all.get("verify")?.as_bool()?, all.remove("packages")?) {
        (true, _) => Wish::Verify,
        (false, Value::Null) => Wish::AllPackages,
        (false, names) => Wish::Packages(list(names)?.into_iter().map(string).collect::<Option<_>>()?),
    };
    Some(Question {
        policies: policies.collect::<Option<_>>()?,
        data: all.remove("data")?,
        inputs: inputs.collect::<Option<_>>()?,
        is_combined: all.get("combined")?.as_bool()?,
        wish,
        now: all.get("now")?.as_i64()?,
        patience: Duration::from_millis(all.get("patience")?.as_u64()?),
    })
}

/// What came of it, as text.
pub fn answers_text(result: &Result<Answers, PolicyError>) -> String {
    match result {
        Err(error) => {
            json!({"error": {"path": error.path, "line": error.line, "message": error.message}}).to_string()
        }
        Ok(answers) => {
            let all: Vec<Value> = answers.answers.iter().map(answer_value).collect();
            json!({
                "answers": all, "excepted": answers.excepted, "asked": answers.asked, "notes": answers.notes,
                "prints": answers.prints,
            })
            .to_string()
        }
    }
}

fn answer_value(answer: &Answer) -> Value {
    json!({
        "rule": answer.rule, "severity": answer.severity, "message": answer.message, "more": answer.more,
        "policy": answer.policy, "line": answer.line, "file": answer.file, "document": answer.document,
    })
}

/// What came of it, from its text; `None` if it is none.
pub fn answers(text: &str) -> Option<Result<Answers, PolicyError>> {
    let Value::Object(mut all) = serde_json::from_str(text).ok()? else { return None };
    if let Some(error) = all.get("error") {
        return Some(Err(PolicyError {
            path: error.get("path")?.as_str()?.to_owned(),
            line: error.get("line").and_then(number),
            message: error.get("message")?.as_str()?.to_owned(),
        }));
    }
    let answers = list(all.remove("answers")?)?.into_iter().map(answer).collect::<Option<_>>()?;
    let mut texts = |name: &str| list(all.remove(name)?)?.into_iter().map(string).collect::<Option<Vec<_>>>();
    let (notes, prints) = (texts("notes")?, texts("prints")?);
    let (excepted, asked) = (number(all.get("excepted")?)?, number(all.get("asked")?)?);
    Some(Ok(Answers { answers, excepted, asked, notes, prints }))
}

fn answer(value: Value) -> Option<Answer> {
    let Value::Object(mut all) = value else { return None };
    let more = match all.remove("more")? {
        Value::Object(more) => more,
        _ => return None,
    };
    let severity: Severity = serde_json::from_value(all.remove("severity")?).ok()?;
    let line = number(all.get("line")?)?;
    let document = number(all.get("document")?)?;
    Some(Answer {
        rule: string(all.remove("rule")?)?,
        severity,
        message: string(all.remove("message")?)?,
        more,
        policy: string(all.remove("policy")?)?,
        line,
        file: string(all.remove("file")?),
        document,
    })
}

fn list(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(items) => Some(items),
        _ => None,
    }
}

fn string(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn number(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|number| usize::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;

    #[test]
    fn what_goes_in_comes_out() {
        for wish in [Wish::Verify, Wish::AllPackages, Wish::Packages(vec!["main".to_owned()])] {
            let asked = Question {
                policies: vec![PolicyFile { path: "a.rego".to_owned(), text: "package main\n".to_owned() }],
                data: json!({"x": [1]}),
                inputs: vec![Input { path: "b.yaml".to_owned(), document: 2, value: json!({"y": null}) }],
                is_combined: true,
                wish,
                now: 7,
                patience: Duration::from_millis(50),
            };
            assert_eq!(question(&question_text(&asked)), Some(asked));
        }
        let more: Map<String, Value> = [("path".to_owned(), json!(["a", 0]))].into_iter().collect();
        let one = |file: Option<&str>| Answer {
            rule: "main.deny".to_owned(),
            severity: Severity::Warning,
            message: "é\n\"x\"".to_owned(),
            more: more.clone(),
            policy: "a.rego".to_owned(),
            line: 3,
            file: file.map(str::to_owned),
            document: 1,
        };
        let given = Ok(Answers {
            answers: vec![one(Some("b.yaml")), one(None)],
            excepted: 1,
            asked: 4,
            notes: vec!["n".to_owned()],
            prints: vec!["p".to_owned()],
        });
        assert_eq!(answers(&answers_text(&given)), Some(given));
        let error = Err(PolicyError { path: "a.rego".to_owned(), line: Some(2), message: "m".to_owned() });
        assert_eq!(answers(&answers_text(&error)), Some(error));
        assert_eq!(answers("memory allocation failed"), None);
    }
}
