//! The denials by AWS in a pasted text, in plain words, as `ecrpass policy explain` has them: who was denied what, which
//! policy decides, who can change it, and the smallest change.

use ecrpass_iam::explain::{Explanation, Found, Said, decode_command, explain, find};
use ecrpass_iam::generate::Draft;
use ecrpass_iam::generate::format::json::{document, statement, text};
use serde::Serialize;

use crate::json;

/// A denial.
#[derive(Serialize)]
struct Denial {
    /// What happened, in a sentence.
    title: String,
    /// What is known of it: a label and its text.
    facts: Vec<(&'static str, String)>,
    /// What to do, in order.
    steps: Vec<String>,
    /// What has to be added, and to what.
    additions: Vec<Addition>,
    /// The command that writes all that the task takes, or that decodes the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
}

/// Something to be added.
#[derive(Serialize)]
struct Addition {
    title: String,
    text: String,
    /// Where to save it for the command.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
}

/// What the page shows.
#[derive(Serialize)]
struct Shown {
    kind: &'static str,
    denials: Vec<Denial>,
    /// A denial is shown in words: nothing in the text is marked.
    marks: [(); 0],
}

/// The denials in a text, as JSON; none where there are none, unless `kind` says that it is a `denial`, or where the text
/// is a document, which may speak of denials.
pub fn denials(text: &str, kind: &str) -> Option<String> {
    let is_chosen = kind == "denial";
    if !is_chosen && (!kind.is_empty() || text.contains("\"Statement\"")) {
        return None;
    }
    let denials = all(text);
    (is_chosen || !denials.is_empty()).then(|| json(&Shown { kind: "denial", denials, marks: [] }))
}

/// The denials in a text that say something.
fn all(text: &str) -> Vec<Denial> {
    let denial = |found: Found| match found {
        Found::Denied(said) => Some(denied(&said)),
        Found::Encoded(message) => Some(encoded(&message)),
        // Its finding says all there is to say.
        Found::Bare(_) => None,
    };
    find(text).into_iter().filter_map(denial).collect()
}

fn denied(said: &Said) -> Denial {
    let Explanation { who, what, resource, decides, owner, steps, drafts, command, .. } = explain(said);
    let mut facts = vec![("What", what), ("On", resource), ("Decides", decides)];
    facts.extend(owner.map(|owner| ("Who can change it", owner)));
    facts.extend(said.policy_arn.clone().map(|policy| ("Policy", policy)));
    Denial {
        title: format!("{who} was denied {}", said.action),
        facts,
        steps,
        additions: drafts.iter().flat_map(additions).collect(),
        command: command.map(|command| command.to_string()),
    }
}

fn encoded(message: &str) -> Denial {
    Denial {
        title: "AWS has encoded this denial: it says nothing before it is decoded".to_owned(),
        facts: Vec::new(),
        steps: vec![
            "have it decoded, which takes sts:DecodeAuthorizationMessage, and paste what it prints"
                .to_owned(),
        ],
        additions: Vec::new(),
        command: Some(decode_command(message).to_string()),
    }
}

fn additions(draft: &Draft) -> Vec<Addition> {
    if draft.is_added() {
        return vec![Addition {
            title: format!("A further {}", draft.title()),
            text: document(draft),
            file: Some(draft.file_name()),
            command: Some(draft.attach_command().to_string()),
        }];
    }
    let title = format!("To be added to the {}", draft.title());
    let added =
        |one| Addition { title: title.clone(), text: text(&statement(one)), file: None, command: None };
    draft.statements.iter().map(added).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_says_who_decides_and_what_to_add() {
        let text = "Error: AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/ci/x is not authorized to perform: ecr:PutImage on resource: arn:aws:ecr:eu-west-1:123456789012:repository/team/web because no identity-based policy allows the ecr:PutImage action";
        let all = all(text);
        let denial = serde_json::to_value(&all[0]).unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!(
            denial["title"],
            "the role ci of account 123456789012 (session x) was denied ecr:PutImage"
        );
        assert!(
            denial["facts"]
                .to_string()
                .contains("the repository team/web of account 123456789012, eu-west-1")
        );
        assert!(denial["additions"][0]["text"].as_str().unwrap().contains("\"ecr:PutImage\""), "{denial}");
        assert!(denial["additions"][0]["command"].as_str().unwrap().starts_with("aws iam put-role-policy"));
        assert!(denial["command"].as_str().unwrap().starts_with("ecrpass policy generate push"));
        assert_eq!(denials("AccessDeniedException\nall is well", ""), None);
        assert_eq!(denials(text, "file"), None);
        assert!(denials(text, "").unwrap().starts_with("{\"kind\":\"denial\""));
    }

    #[test]
    fn an_encoded_message_says_how_to_decode_it() {
        let all = all(
            "You are not authorized to perform this operation. Encoded authorization failure message: 4dRfG-abc_DEF",
        );
        assert!(
            all[0].command.as_deref().unwrap().contains("decode-authorization-message"),
            "{:?}",
            all[0].title
        );
    }
}
