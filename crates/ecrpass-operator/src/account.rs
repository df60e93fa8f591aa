//! A service account's `imagePullSecrets`: a list without a merge key, in which others have entries, too. What is written
//! is the whole list, over the very version that was read.

use k8s_openapi::api::core::v1::ServiceAccount;
use serde_json::{Value, json};

use crate::names::{PULL_SECRETS, marks, pull_secrets_of};
use crate::settings::Position;
use crate::work::AccountChange;

/// The patch that makes this change; `None` where nothing is left to change.
pub fn patch(current: &ServiceAccount, change: &AccountChange) -> Option<Value> {
    let ours = pull_secrets_of(&change.owner);
    let annotations = current.metadata.annotations.iter().flatten();
    let before: Vec<&str> =
        annotations.clone().filter(|(key, _)| **key == *ours).flat_map(|(_, text)| marks(text)).collect();
    let is_an_owners = |key: &str| {
        key == PULL_SECRETS || key.strip_prefix(PULL_SECRETS).is_some_and(|owner| owner.starts_with('.'))
    };
    let of_others: Vec<&str> = annotations
        .filter(|(key, _)| **key != *ours && is_an_owners(key))
        .flat_map(|(_, text)| marks(text))
        .collect();
    let there: Vec<&str> =
        current.image_pull_secrets.iter().flatten().map(|reference| reference.name.as_str()).collect();
    let (mut names, mut marks) = (there.clone(), before.clone());
    for name in &change.remove {
        // One that we did not put there is not ours to take out, nor one that another operator needs.
        if marks.contains(&&**name) {
            if !of_others.contains(&&**name) {
                names.retain(|known| *known != &**name);
            }
            marks.retain(|known| *known != &**name);
        }
    }
    let mut first = 0;
    for (name, position) in &change.add {
        if names.contains(&&**name) {
            continue;
        }
        match position {
            Position::First => {
                names.insert(first, name);
                first += 1;
            }
            Position::Last => names.push(name),
        }
        if !marks.contains(&&**name) {
            marks.push(name);
        }
    }
    if names == there && marks == before {
        return None;
    }
    let marks = if marks.is_empty() { Value::Null } else { Value::from(marks.join(",")) };
    let mut patch = json!({
        "metadata": {
            "resourceVersion": current.metadata.resource_version,
            "uid": current.metadata.uid,
            "annotations": {&*ours: marks},
        },
    });
    if names != there
        && let Some(patch) = patch.as_object_mut()
    {
        let references: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
        patch.insert("imagePullSecrets".to_owned(), Value::from(references));
    }
    Some(patch)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use k8s_openapi::api::core::v1::LocalObjectReference;
    use proptest::prelude::*;

    use super::*;
    use crate::names::OPERATOR;

    fn account(names: &[&str], marks: Option<&str>) -> ServiceAccount {
        let mut account = ServiceAccount::default();
        account.metadata.resource_version = Some("7".to_owned());
        account.metadata.annotations =
            marks.map(|marks| [(PULL_SECRETS.to_owned(), marks.to_owned())].into());
        let reference = |name: &&str| LocalObjectReference { name: (*name).to_owned() };
        account.image_pull_secrets = Some(names.iter().map(reference).collect());
        account
    }

    fn change(add: &[&str], position: Position, remove: &[&str]) -> AccountChange {
        AccountChange {
            owner: Arc::from(OPERATOR),
            add: add.iter().map(|name| (Arc::from(*name), position)).collect(),
            remove: remove.iter().map(|name| Arc::from(*name)).collect(),
        }
    }

    #[test]
    fn others_entries_stay_and_ours_goes_where_it_should() {
        for (there, marks, change, expected) in [
            (
                vec!["o"],
                None,
                change(&["ecr"], Position::Last, &[]),
                Some((Some(vec!["o", "ecr"]), Some("ecr"))),
            ),
            (
                vec!["o"],
                None,
                change(&["a", "b"], Position::First, &[]),
                Some((Some(vec!["a", "b", "o"]), Some("a,b"))),
            ),
            // There already, put by a user: not ours.
            (vec!["ecr"], None, change(&["ecr"], Position::Last, &[]), None),
            (vec!["ecr"], None, change(&[], Position::Last, &["ecr"]), None),
            (
                vec!["o", "ecr"],
                Some("ecr"),
                change(&[], Position::Last, &["ecr"]),
                Some((Some(vec!["o"]), None)),
            ),
            (
                vec!["ecr"],
                Some("a,ecr"),
                change(&[], Position::Last, &["ecr"]),
                Some((Some(vec![]), Some("a"))),
            ),
            // Somebody else took it out.
            (vec![], Some("ecr"), change(&[], Position::Last, &["ecr"]), Some((None, None))),
            (
                vec![],
                Some("ecr"),
                change(&["ecr"], Position::Last, &[]),
                Some((Some(vec!["ecr"]), Some("ecr"))),
            ),
        ] {
            let patch = patch(&account(&there, marks), &change);
            let read = patch.map(|patch| {
                assert_eq!(patch["metadata"]["resourceVersion"], "7");
                let names = patch.get("imagePullSecrets").and_then(Value::as_array).map(|list| {
                    list.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
                });
                (names, patch["metadata"]["annotations"][PULL_SECRETS].as_str().map(str::to_owned))
            });
            let expected = expected.map(|(names, marks): (Option<Vec<&str>>, Option<&str>)| {
                (names.map(|names| names.into_iter().map(str::to_owned).collect()), marks.map(str::to_owned))
            });
            assert_eq!(read, expected, "{there:?} {marks:?}");
        }
    }

    #[test]
    fn two_operators_keep_their_marks_apart() {
        let mut account = account(&["ecr"], Some("ecr"));
        let theirs = |change: AccountChange| AccountChange { owner: Arc::from("team-b"), ..change };
        // It is there: nothing to add, and not theirs to take out.
        assert_eq!(patch(&account, &theirs(change(&["ecr"], Position::Last, &[]))), None);
        assert_eq!(patch(&account, &theirs(change(&[], Position::Last, &["ecr"]))), None);
        let added = patch(&account, &theirs(change(&["b"], Position::Last, &[]))).unwrap();
        assert_eq!(added["metadata"]["annotations"], json!({"ecrpass.dev/pull-secrets.team-b": "b"}));
        // What both have put there stays as long as one of them wants it.
        let annotations = account.metadata.annotations.as_mut().unwrap();
        annotations.insert(pull_secrets_of("team-b").into_owned(), "ecr".to_owned());
        let removed = patch(&account, &change(&[], Position::Last, &["ecr"])).unwrap();
        assert_eq!(removed["metadata"]["annotations"], json!({"ecrpass.dev/pull-secrets": null}));
        assert_eq!(removed.get("imagePullSecrets"), None);
    }

    proptest! {
        #[test]
        fn nobody_else_s_entry_is_ever_lost(
            there in proptest::collection::vec("[a-d]", 0..6), marks in proptest::collection::vec("[a-d]", 0..3),
            add in proptest::collection::vec("[a-d]", 0..3), remove in proptest::collection::vec("[a-d]", 0..3),
        ) {
            let text = |list: &Vec<String>| list.iter().map(String::as_str).collect::<Vec<_>>().join(",");
            let names: Vec<&str> = there.iter().map(String::as_str).collect();
            let account = account(&names, Some(&text(&marks)));
            let adds: Vec<&str> = add.iter().map(String::as_str).collect();
            let removes: Vec<&str> = remove.iter().map(String::as_str).collect();
            if let Some(patch) = patch(&account, &change(&adds, Position::Last, &removes))
                && let Some(list) = patch.get("imagePullSecrets").and_then(Value::as_array)
            {
                let after: Vec<&str> = list.iter().map(|item| item["name"].as_str().unwrap()).collect();
                for name in &names {
                    let ours = marks.iter().any(|mark| mark == name) && removes.contains(name);
                    prop_assert!(ours || after.contains(name));
                }
                for name in &adds {
                    prop_assert!(after.contains(name));
                }
            }
        }
    }
}
