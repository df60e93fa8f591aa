//! What a plan says and what a write does have to agree: a plan that wants what no write brings about would be tried for
//! ever.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use proptest::prelude::*;

use super::*;
use crate::namespace::SecretSet;
use crate::secret::{Merged, Want, merge, own_name, record};
use crate::settings::tests::settings;
use crate::token::LEAST_LEFT;

const TWO: &str = r#"
[[registry]]
accounts = ["123456789012"]
regions = ["eu-west-1", "us-east-1"]
[[pull_secret]]
name = "ecr"
selector = "pull=yes"
adopt = true
"#;

const NOW: EpochSeconds = 1_800_000_000;
const LIFE: i64 = 43_200;

fn token(settings: &Settings, number: usize, age: i64) -> Arc<Token> {
    Arc::new(Token {
        username: "AWS".to_owned(),
        password: ecrpass_core::Secret::new(format!("p-{number}-{age}")),
        issued: NOW - age,
        expires: NOW - age + LIFE,
        mark: Arc::clone(&settings.tokens[number].mark),
        fingerprint: String::new(),
    })
}

fn want(settings: &Settings, held: &[Held]) -> Want {
    let secret = &settings.pull_secrets[0];
    let host = |wanted: &crate::settings::Wanted| {
        let source = &settings.tokens[wanted.token];
        (Arc::clone(&wanted.host), Arc::clone(&source.mark), held[wanted.token].token.clone())
    };
    Want {
        namespace: own_name("a"),
        name: Arc::clone(&secret.name),
        owner: Arc::clone(&settings.owner),
        adopt: secret.adopt,
        hosts: secret.wanted.iter().map(host).collect(),
    }
}

fn namespace(settings: &Settings, secret: Option<&Secret>) -> Namespace {
    let mut selected = SecretSet::default();
    selected.insert(0);
    let mut namespace = Namespace { exists: true, selected, ..Namespace::default() };
    namespace.set_secret(0, secret.map(|secret| record(secret, &settings.owner, own_name)));
    namespace
}

fn held(settings: &Settings, ages: [Option<i64>; 2]) -> Vec<Held> {
    let one = |(number, age): (usize, Option<i64>)| Held {
        token: age.map(|age| token(settings, number, age)),
        replaced_before: None,
    };
    ages.into_iter().enumerate().map(one).collect()
}

/// The secret as it is once a write was merged into it.
fn written(before: Option<Secret>, merged: Merged) -> Option<Secret> {
    match merged {
        Merged::Write(written) => {
            let mut after = before.unwrap_or_default();
            after.type_.clone_from(&written.0.type_);
            after.data.clone_from(&written.0.data);
            after.metadata.labels.clone_from(&written.0.metadata.labels);
            after.metadata.annotations.clone_from(&written.0.metadata.annotations);
            Some(after)
        }
        _ => before,
    }
}

fn content(secret: &Secret) -> BTreeMap<String, serde_json::Value> {
    let text = &secret.data.as_ref().unwrap()[crate::names::SECRET_KEY].0;
    let value: serde_json::Value = serde_json::from_slice(text).unwrap();
    value["auths"].as_object().unwrap().clone().into_iter().collect()
}

/// What others do to a secret.
fn spoil(secret: &mut Option<Secret>, how: u8) {
    let Some(secret) = secret else { return };
    match how {
        1 => secret.data = None,
        2 => secret.metadata.annotations = None,
        3 => {
            let value = secret.data.as_mut().unwrap().get_mut(crate::names::SECRET_KEY).unwrap();
            let text = String::from_utf8(value.0.clone()).unwrap();
            *value = ByteString(
                text.replacen("{\"auths\":{", "{\"other\":1,\"auths\":{\"quay.io\":{},", 1).into_bytes(),
            );
        }
        4 => {
            let value = secret.data.as_mut().unwrap().get_mut(crate::names::SECRET_KEY).unwrap();
            let text = String::from_utf8(value.0.clone()).unwrap();
            *value = ByteString(text.replacen("\"p-0", "\"q-0", 1).into_bytes());
        }
        5 => secret.metadata.labels = None,
        6 => {
            secret.data =
                Some([(crate::names::SECRET_KEY.to_owned(), ByteString(b"{\"auths\": 3}".to_vec()))].into())
        }
        _ => {}
    }
}

fn age() -> impl Strategy<Value = Option<i64>> {
    proptest::option::of(0_i64..LIFE + 3600)
}

proptest! {
    #[test]
    fn plans_and_writes_agree(
        first in proptest::array::uniform2(age()), how in 0_u8..7, second in proptest::array::uniform2(age()),
    ) {
        let settings = settings(TWO);
        // A secret as an earlier run left it, when those tokens were fresh.
        let earlier = held(&settings, first);
        let oldest = NOW - LIFE;
        let mut secret = written(None, merge(None, &want(&settings, &earlier), oldest));
        spoil(&mut secret, how);
        let now_held = held(&settings, second);
        let plan = super::secret(&settings, "a", &namespace(&settings, secret.as_ref()), 0, &now_held, NOW);
        let merged = merge(secret.as_ref(), &want(&settings, &now_held), NOW);
        match (plan.step, &merged) {
            (SecretStep::Ensure, Merged::Write(_)) | (SecretStep::Blocked(_), Merged::Blocked(_)) => {}
            // A newer token that is held is written only when one is due.
            (SecretStep::Nothing, Merged::Unchanged | Merged::Nothing | Merged::Write(_)) => {}
            (step, _) => prop_assert!(false, "the plan says {step:?}, and the write something else"),
        }
        if plan.step != SecretStep::Ensure {
            return Ok(());
        }
        let had_quay = secret.as_ref().is_some_and(|secret| how == 3 && secret.data.is_some());
        let after = written(secret, merged).unwrap();
        // Once written, there is nothing more to write with what is held.
        let again = super::secret(&settings, "a", &namespace(&settings, Some(&after)), 0, &now_held, NOW);
        prop_assert_eq!(again.step, SecretStep::Nothing);
        prop_assert!(matches!(merge(Some(&after), &want(&settings, &now_held), NOW), Merged::Unchanged));
        // Nothing in it is over, and what is not ours is there.
        let record = record(&after, &settings.owner, own_name);
        prop_assert!(!record.hosts.is_empty());
        for host in &record.hosts {
            prop_assert!(host.intact && host.expires > NOW);
        }
        prop_assert_eq!(content(&after).contains_key("quay.io"), had_quay);
    }

    #[test]
    fn what_is_missing_or_over_waits_for_a_token(first in proptest::array::uniform2(age()), second in proptest::array::uniform2(age())) {
        let settings = settings(TWO);
        let secret = written(None, merge(None, &want(&settings, &held(&settings, first)), NOW - LIFE));
        let held = held(&settings, second);
        let plan = super::secret(&settings, "a", &namespace(&settings, secret.as_ref()), 0, &held, NOW);
        for number in 0..2 {
            let there = first[number].filter(|_| secret.is_some());
            let helps = second[number].is_some_and(|age| {
                LIFE - age > LEAST_LEFT && there.is_none_or(|there| age < there)
            });
            let lacks = there.is_none_or(|there| there >= LIFE * 3 / 4);
            if lacks && !helps {
                prop_assert!(plan.waits_for.contains(&number) && plan.urgent);
                prop_assert!(plan.condition >= Condition::Due);
            }
            if there.is_some_and(|there| there < LIFE * 44 / 100) {
                prop_assert!(!plan.waits_for.contains(&number));
            }
        }
        // Whatever is there, somebody looks again.
        prop_assert!(plan.look_again.is_some() || !plan.waits_for.is_empty() || plan.step == SecretStep::Ensure);
    }
}

#[test]
fn a_secret_that_is_not_wanted_goes_after_the_names_of_it() {
    let settings = settings(TWO);
    let secret = written(None, merge(None, &want(&settings, &held(&settings, [Some(0), Some(0)])), NOW));
    let mut namespace = namespace(&settings, secret.as_ref());
    namespace.selected = SecretSet::default();
    let mut set = SecretSet::default();
    set.insert(0);
    let record =
        AccountRecord { name: own_name("default"), uid: "u".into(), ignored: false, named: set, marked: set };
    namespace.set_account("default", Some(record));
    let step = |namespace: &Namespace| super::secret(&settings, "a", namespace, 0, &[], NOW).step;
    assert_eq!(step(&namespace), SecretStep::Nothing);
    let plan = account(&settings, &namespace, &namespace.accounts[0]);
    assert_eq!((plan.add.len(), plan.remove), (0, vec![0]));
    namespace.accounts[0].named = SecretSet::default();
    assert_eq!(step(&namespace), SecretStep::Remove);
    assert_eq!(account(&settings, &namespace, &namespace.accounts[0]).forget, [0]);
    namespace.terminating = true;
    assert_eq!(step(&namespace), SecretStep::Nothing);
    assert!(account(&settings, &namespace, &namespace.accounts[0]).is_empty());
}

#[test]
fn an_account_that_is_left_out_is_cleaned() {
    let settings = settings(TWO);
    let mut namespace = namespace(&settings, None);
    let mut set = SecretSet::default();
    set.insert(0);
    for (ignored, named, marked, add, remove) in [
        (false, false, false, 1, 0),
        (false, true, false, 0, 0),
        (false, true, true, 0, 0),
        (false, false, true, 1, 0),
        (true, true, true, 0, 1),
        (true, true, false, 0, 0),
        (true, false, false, 0, 0),
    ] {
        let of = |there: bool| if there { set } else { SecretSet::default() };
        let record = AccountRecord {
            name: own_name("default"),
            uid: "u".into(),
            ignored,
            named: of(named),
            marked: of(marked),
        };
        namespace.set_account("default", Some(record));
        let plan = account(&settings, &namespace, &namespace.accounts[0]);
        assert_eq!((plan.add.len(), plan.remove.len()), (add, remove), "{ignored} {named} {marked}");
    }
}
