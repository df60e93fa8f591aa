//! Which documents are written, how they name whom they let in, and what is refused; and what holds of all of them.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic)] // a test's way of failing

#[path = "support/wishes.rs"]
mod wishes;

use ecrpass_core::Partition;
use ecrpass_iam::Task;
use ecrpass_iam::actions::Scope;
use ecrpass_iam::generate::format::json;
use ecrpass_iam::generate::{Draft, Kind, Target, Wanted, generate, limits};
use ecrpass_iam::task::{TASKS, scope};
use proptest::prelude::*;

use wishes::{OTHER, OWNER, REGIONS, accepted, role, target, wanted};

/// A wish changed in one respect.
fn with(change: impl FnOnce(&mut Wanted)) -> Wanted {
    let mut wanted = wanted(Task::Push, Partition::Aws, "eu-central-1", OWNER);
    change(&mut wanted);
    wanted
}

#[test]
fn what_cannot_be_right_is_refused() {
    let public = || vec![target(Partition::Aws, "", "app", true)];
    for (wanted, what) in [
        (with(|w| w.targets = public()), "is one of ECR Public"),
        (with(|w| w.tasks = vec![Task::PushPublic]), "the repository is private"),
        (with(|w| w.targets.clear()), "none is named"),
        (with(|w| w.tasks.clear()), "not said what is to be allowed"),
        (with(|w| w.principals = vec!["*".to_owned()]), "everybody"),
        (with(|w| w.principals = vec!["arn:aws:iam::111122223333:role/ci-*".to_owned()]), "not a principal"),
        (with(|w| w.principals = vec!["arn:aws:iam::111122223333:role/a\n#".to_owned()]), "not a principal"),
        (with(|w| w.principals = vec!["arn:aws-cn:iam::111122223333:role/ci".to_owned()]), "partition"),
        (with(|w| w.account = Some(OTHER.to_owned())), "is in the account 111122223333, not in 444455556666"),
        (with(|w| w.account = Some("123".to_owned())), "not an account"),
        (with(|w| w.actions = vec!["ecr:*".to_owned()]), "no action `ecr:*`"),
        (with(|w| w.actions = vec!["ecr:ListImageReferrers".to_owned()]), "no action"),
        (with(|w| w.organization = Some("o-1\"".to_owned())), "organization"),
        (with(|w| w.key = Some("alias/x".to_owned())), "not a key's ARN"),
        (with(|w| w.passed_role = Some("*".to_owned())), "not a role's ARN"),
        (
            with(|w| {
                w.kinds = vec![Kind::Repository];
                w.targets = vec![target(Partition::Aws, "eu-central-1", "team/*", false)];
            }),
            "is many",
        ),
        (
            with(|w| {
                w.tasks = vec![Task::Login];
                w.kinds = vec![Kind::Repository];
            }),
            "not about a repository",
        ),
        (
            with(|w| {
                w.tasks = vec![Task::LambdaPull];
                w.kinds = vec![Kind::Role];
            }),
            "in its own name",
        ),
        (
            with(|w| {
                w.tasks = vec![Task::LambdaPull];
                w.function = Some("a:b".to_owned());
            }),
            "not a function's name",
        ),
        (
            with(|w| {
                w.tasks = vec![Task::Replicate];
                w.account = None;
                w.principals.clear();
            }),
            "which account replicates",
        ),
        (
            with(|w| {
                w.kinds = vec![Kind::User];
                let many = (0..60).map(|n| format!("team-{n}/some/long/repository/name"));
                w.targets = many.map(|name| target(Partition::Aws, "eu-central-1", &name, false)).collect();
            }),
            "AWS takes 2048",
        ),
        (
            with(|w| {
                w.kinds = Kind::ENDPOINTS.to_vec();
                w.tasks = vec![Task::LambdaPull];
            }),
            "past your VPC endpoints",
        ),
    ] {
        let refused = generate(&wanted).unwrap_err();
        assert!(refused.what.contains(what) && !refused.next.is_empty(), "{what}: {refused}");
    }
}

#[test]
fn repositories_that_are_many_or_need_not_exist_are_for_the_registry() {
    let kinds =
        |wanted: &Wanted| generate(wanted).unwrap().iter().map(|draft| draft.kind).collect::<Vec<_>>();
    let cross = |task: Task, name: &str| Wanted {
        targets: vec![target(Partition::Aws, "eu-central-1", name, false)],
        ..wanted(task, Partition::Aws, "eu-central-1", OTHER)
    };
    assert_eq!(kinds(&cross(Task::Pull, "team/app")), [Kind::Role, Kind::Repository]);
    assert_eq!(kinds(&cross(Task::Pull, "team/*")), [Kind::Role, Kind::Registry]);
    assert_eq!(kinds(&cross(Task::PushCreate, "team/app")), [Kind::Role, Kind::Registry]);
    assert_eq!(kinds(&wanted(Task::Pull, Partition::Aws, "eu-central-1", OWNER)), [Kind::Role]);
    assert_eq!(
        kinds(&with(|w| w.principals = vec!["arn:aws:iam::111122223333:user/a".to_owned()])),
        [Kind::User]
    );
    assert_eq!(
        kinds(&with(|w| w.principals = vec!["codebuild.amazonaws.com".to_owned()])),
        [Kind::Repository]
    );
    assert_eq!(
        kinds(&wanted(Task::PullThroughRole, Partition::Aws, "eu-central-1", OTHER)),
        [Kind::Trust, Kind::Role, Kind::Repository]
    );
}

#[test]
fn permission_sets_and_services_are_named_as_policies_can_name_them() {
    let draft = |principal: &str| {
        let wanted = with(|w| {
            w.principals = vec![principal.to_owned()];
            w.kinds = vec![Kind::Repository];
            w.account = None;
        });
        json::document(&generate(&wanted).unwrap()[0])
    };
    let set = draft("arn:aws:sts::444455556666:assumed-role/AWSReservedSSO_Dev_0123456789abcdef/ada");
    assert!(set.contains("\"AWS\": \"arn:aws:iam::444455556666:root\""), "{set}");
    assert!(set.contains("role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Dev_*"), "{set}");
    let service = draft("codebuild.amazonaws.com");
    assert!(service.contains("\"Service\": \"codebuild.amazonaws.com\""), "{service}");
    assert!(service.contains("\"aws:SourceAccount\": \"111122223333\""), "{service}");
    let session = draft("arn:aws:sts::444455556666:assumed-role/ci/42");
    assert!(session.contains("\"AWS\": \"arn:aws:iam::444455556666:role/ci\""), "{session}");
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{2,8}", "[a-z]{1,4}/[a-z]{1,6}", Just("team/*".to_owned()), Just("*".to_owned())]
}

proptest! {
    #[test]
    fn whatever_is_written_is_in_order(
        tasks in prop::sample::subsequence(TASKS.to_vec(), 1..5),
        names in prop::collection::vec(names(), 1..4),
        place in prop::sample::select(REGIONS.to_vec()),
        account in prop::sample::select(vec![OWNER, OTHER]),
        kinds in prop::sample::subsequence(Kind::ALL.to_vec(), 0..4),
        is_named in any::<bool>(),
    ) {
        let (partition, region) = place;
        let mut targets: Vec<Target> =
            names.iter().map(|name| target(partition, region, name, false)).collect();
        if partition == Partition::Aws && tasks.contains(&Task::PushPublic) {
            targets.push(target(partition, region, "app", true));
        }
        let wanted = Wanted {
            tasks: tasks.clone(),
            targets,
            kinds: kinds.clone(),
            account: Some(account.to_owned()),
            principals: if is_named { vec![role(partition, account)] } else { Vec::new() },
            ..Wanted::default()
        };
        let Ok(drafts) = generate(&wanted) else { return Ok(()) };
        for draft in &drafts {
            accepted(draft);
            prop_assert!(limits::check(draft).is_ok());
            for statement in &draft.statements {
                // `*` only where nothing else is taken.
                let is_everything = statement.resources.iter().any(|resource| resource == "*");
                let scoped = statement.actions.iter().any(|action| scope(action) == Some(Scope::Repository));
                prop_assert!(!(is_everything && scoped), "{statement:?}");
                prop_assert!(statement.actions.iter().all(|action| !action.contains('*')));
                prop_assert!(statement.sid.bytes().all(|b| b.is_ascii_alphanumeric()), "{}", statement.sid);
            }
        }
        // The order of tasks and kinds changes nothing.
        let turned = Wanted {
            tasks: tasks.into_iter().rev().collect(),
            kinds: kinds.into_iter().rev().collect(),
            ..wanted
        };
        let texts = |drafts: &[Draft]| drafts.iter().map(json::document).collect::<Vec<_>>();
        prop_assert_eq!(texts(&generate(&turned).unwrap()), texts(&drafts));
    }
}
