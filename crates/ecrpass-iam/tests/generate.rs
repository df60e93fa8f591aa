//! What is written is what is needed: the evaluator allows the task by the documents, denies each action that is left
//! out of them, and denies another repository.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic)] // a test's way of failing

use ecrpass_core::{Arn, Partition};
use ecrpass_iam::actions::{self, Scope};
use ecrpass_iam::context::Context;
use ecrpass_iam::generate::draft::NewStatement;
use ecrpass_iam::generate::format::json;
use ecrpass_iam::generate::wanted::For;
use ecrpass_iam::generate::{Draft, Kind, Target, Wanted, endpoint, generate, limits};
use ecrpass_iam::task::{Side, TASKS, scope};
use ecrpass_iam::{Document, Layer, Policies, Principal, Request, Task, Verdict, document, evaluate};
use proptest::prelude::*;

const OWNER: &str = "111122223333";
const OTHER: &str = "444455556666";
const REGIONS: [(Partition, &str); 8] = [
    (Partition::Aws, "eu-central-1"),
    (Partition::AwsCn, "cn-north-1"),
    (Partition::AwsEusc, "eusc-de-east-1"),
    (Partition::AwsIso, "us-iso-east-1"),
    (Partition::AwsIsoB, "us-isob-east-1"),
    (Partition::AwsIsoE, "eu-isoe-west-1"),
    (Partition::AwsIsoF, "us-isof-south-1"),
    (Partition::AwsUsGov, "us-gov-west-1"),
];

fn is_public(task: Task) -> bool {
    matches!(task, Task::PullPublic | Task::PushPublic)
}

fn target(partition: Partition, region: &str, name: &str, is_public: bool) -> Target {
    Target {
        partition,
        region: if is_public { String::new() } else { region.to_owned() },
        account: OWNER.to_owned(),
        name: name.to_owned(),
        is_public,
    }
}

/// A document as AWS would take it: no problem of any kind.
fn accepted(draft: &Draft) -> Document {
    let text = json::document(draft);
    let reading = document::read(&draft.name, &text);
    assert!(reading.problems.is_empty(), "{text}\n{:?}", reading.problems);
    let document = reading.document.unwrap();
    let problems = document::check(&document, draft.kind.layer());
    assert!(problems.is_empty(), "{text}\n{problems:?}");
    document
}

/// The policies that drafts make; endpoints' only where asked for.
fn policies(drafts: &[Draft], endpoint: Option<Kind>) -> Policies {
    let mut policies = Policies::default();
    for draft in drafts.iter().filter(|draft| !draft.statements.is_empty()) {
        let document = accepted(draft);
        match draft.kind.layer() {
            Layer::Identity => policies.identity.push(document),
            Layer::Boundary => policies.boundary.push(document),
            Layer::Session => policies.session.push(document),
            Layer::Repository => policies.repository = Some(document),
            Layer::Registry => policies.registry = Some(document),
            Layer::Endpoint if Some(draft.kind) == endpoint => policies.endpoint = Some(document),
            _ => {}
        }
    }
    policies
}

/// The drafts without one action; `None` when nothing is left of that document.
fn without(drafts: &[Draft], (draft, statement, action): (usize, usize, usize)) -> (Vec<Draft>, String) {
    let mut left = drafts.to_vec();
    let statements = &mut left[draft].statements;
    let removed = statements[statement].actions.remove(action);
    if statements[statement].actions.is_empty() {
        statements.remove(statement);
    }
    if statements.is_empty() {
        // A layer without documents would have no say: one that allows nothing of it does.
        statements.push(NewStatement {
            actions: vec!["ecr:BatchDeleteImage".to_owned()],
            ..drafts[draft].statements[statement].clone()
        });
    }
    (left, removed)
}

/// Who does a task, and in which circumstances.
struct Doer {
    principal: Principal,
    context: Context,
}

fn doer(task: Task, partition: Partition, region: &str, account: &str) -> Doer {
    let id = partition.id();
    let (text, context) = match task.side() {
        Side::Repository => {
            let function = format!("arn:{id}:lambda:{region}:{account}:function:thumb");
            ("lambda.amazonaws.com".to_owned(), Context::complete().with("aws:SourceArn", function.as_str()))
        }
        Side::Registry => (Arn::iam(id, account, "root").to_string(), Context::complete()),
        Side::Caller => (role(partition, account), Context::complete()),
    };
    Doer { principal: Principal::parse(&text).unwrap(), context }
}

fn role(partition: Partition, account: &str) -> String {
    Arn::iam(partition.id(), account, "role/ci").to_string()
}

fn verdict(policies: &Policies, doer: &Doer, action: &str, repository: &str) -> Verdict {
    let resource = if scope(action) == Some(Scope::Repository) { repository } else { "*" };
    let request = Request {
        principal: doer.principal.clone(),
        action: action.to_owned(),
        resource: resource.to_owned(),
        context: doer.context.clone(),
    };
    evaluate(policies, &request.with_implied_keys()).verdict
}

fn wanted(task: Task, partition: Partition, region: &str, account: &str) -> Wanted {
    Wanted {
        tasks: vec![task],
        targets: vec![target(partition, region, "team/app", is_public(task))],
        account: Some(account.to_owned()),
        principals: if task.side() == Side::Caller { vec![role(partition, account)] } else { Vec::new() },
        ..Wanted::default()
    }
}

/// The actions that are to be allowed: a role that fills a cache does not write where it reads.
fn expected(task: Task, account: &str) -> Vec<&'static str> {
    let mut actions = task.actions();
    if task == Task::PullThroughRole && account != OWNER {
        actions.retain(|action| !actions::is_write(action));
    }
    actions
}

#[test]
fn every_task_is_allowed_by_what_is_written_for_it_and_by_nothing_less() {
    let (mut allowed, mut left_out) = (0, 0);
    for task in TASKS {
        for (partition, region) in REGIONS {
            // ECR Public is in one partition.
            if is_public(task) && partition != Partition::Aws {
                continue;
            }
            for account in [OWNER, OTHER] {
                // Within an account nobody has to let the other registry in.
                if task == Task::Replicate && account == OWNER {
                    continue;
                }
                let at = format!("{task} {partition} {account}");
                let drafts = generate(&wanted(task, partition, region, account))
                    .unwrap_or_else(|refused| panic!("{at}: {refused}"));
                let doer = doer(task, partition, region, account);
                let repository = target(partition, region, "team/app", is_public(task)).arn();
                let other = target(partition, region, "team/other", is_public(task)).arn();
                let all = policies(&drafts, None);
                for action in expected(task, account) {
                    assert_eq!(verdict(&all, &doer, action, &repository), Verdict::Allowed, "{at} {action}");
                    allowed += 1;
                    // A repository's policy names no repository: it hangs on one.
                    if scope(action) == Some(Scope::Repository) && task != Task::LambdaPull {
                        let verdict = verdict(&all, &doer, action, &other);
                        assert_eq!(verdict, Verdict::ImplicitlyDenied, "{at} {action} elsewhere");
                    }
                }
                for (d, draft) in drafts.iter().enumerate().filter(|(_, draft)| draft.kind != Kind::Trust) {
                    for (s, statement) in draft.statements.iter().enumerate() {
                        // Not for the service itself: it is held to below.
                        if statement.sid == "EcrLambdaPullAccount" {
                            continue;
                        }
                        for a in 0..statement.actions.len() {
                            let (less, removed) = without(&drafts, (d, s, a));
                            if !expected(task, account).contains(&removed.as_str()) {
                                continue;
                            }
                            let verdict = verdict(&policies(&less, None), &doer, &removed, &repository);
                            assert_eq!(
                                verdict,
                                Verdict::ImplicitlyDenied,
                                "{at} without {removed} of {}",
                                draft.name
                            );
                            left_out += 1;
                        }
                    }
                }
            }
        }
    }
    println!("{allowed} actions allowed, {left_out} left out");
    assert!(allowed > 1000 && left_out > 1000);
}

#[test]
fn the_account_of_a_lambda_function_is_let_in_too() {
    let drafts = generate(&wanted(Task::LambdaPull, Partition::Aws, "eu-central-1", OTHER)).unwrap();
    assert_eq!(drafts.len(), 1);
    let statement = &drafts[0].statements[0];
    assert_eq!(statement.sid, "EcrLambdaPullAccount");
    assert_eq!(statement.principal.as_ref().unwrap().parts().1, ["arn:aws:iam::444455556666:root"]);
    let strange = Doer {
        principal: Principal::service("lambda.amazonaws.com"),
        context: Context::complete()
            .with("aws:SourceArn", "arn:aws:lambda:eu-central-1:999999999999:function:x"),
    };
    let repository = target(Partition::Aws, "eu-central-1", "team/app", false).arn();
    for action in actions::PULL {
        let verdict = verdict(&policies(&drafts, None), &strange, action, &repository);
        assert_eq!(verdict, Verdict::ImplicitlyDenied, "{action}");
    }
}

#[test]
fn boundaries_sessions_and_endpoints_let_pass_what_the_task_takes_and_nothing_less() {
    for task in TASKS.into_iter().filter(|task| task.side() == Side::Caller && !is_public(*task)) {
        for (partition, region) in REGIONS {
            let ask = |kinds: &[For]| {
                generate(&Wanted { kinds: kinds.to_vec(), ..wanted(task, partition, region, OWNER) }).unwrap()
            };
            let doer = doer(task, partition, region, OWNER);
            let repository = target(partition, region, "team/app", false).arn();
            let drafts = ask(&[For::Role, For::Boundary, For::Session, For::Endpoint]);
            for action in task.actions() {
                let (at_registry, at_api) = endpoint::asked_at(action);
                for (kind, is_asked) in [(Kind::RegistryEndpoint, at_registry), (Kind::ApiEndpoint, at_api)] {
                    if !is_asked {
                        continue;
                    }
                    let verdict = verdict(&policies(&drafts, Some(kind)), &doer, action, &repository);
                    assert_eq!(verdict, Verdict::Allowed, "{task} {partition} {action} {kind:?}");
                    for (d, draft) in drafts.iter().enumerate() {
                        let is_endpoint = draft.kind.layer() == Layer::Endpoint;
                        if is_endpoint && draft.kind != kind {
                            continue;
                        }
                        let place = draft.statements.iter().enumerate().find_map(|(s, statement)| {
                            let a = statement.actions.iter().position(|known| known == action)?;
                            Some((d, s, a))
                        });
                        let (less, _) = without(&drafts, place.unwrap());
                        let verdict = self::verdict(&policies(&less, Some(kind)), &doer, action, &repository);
                        assert_eq!(
                            verdict,
                            Verdict::ImplicitlyDenied,
                            "{task} {action} without it in {:?}",
                            draft.kind
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn layers_are_read_from_the_bucket_of_the_region() {
    let drafts = generate(&Wanted {
        kinds: vec![For::Endpoint],
        ..wanted(Task::Pull, Partition::AwsCn, "cn-north-1", OWNER)
    })
    .unwrap();
    let kinds: Vec<Kind> = drafts.iter().map(|draft| draft.kind).collect();
    assert_eq!(kinds, [Kind::ApiEndpoint, Kind::RegistryEndpoint, Kind::LayerEndpoint]);
    assert_eq!(
        drafts[2].statements[0].resources,
        ["arn:aws-cn:s3:::prod-cn-north-1-starport-layer-bucket/*"]
    );
    assert!(drafts[2].statements[0].conditions.is_empty());
    let push = generate(&Wanted {
        kinds: vec![For::Endpoint],
        ..wanted(Task::Push, Partition::Aws, "us-east-1", OWNER)
    });
    assert!(push.unwrap().iter().all(|draft| draft.kind != Kind::LayerEndpoint));
}

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
                w.kinds = vec![For::Repository];
                w.targets = vec![target(Partition::Aws, "eu-central-1", "team/*", false)];
            }),
            "is many",
        ),
        (
            with(|w| {
                w.tasks = vec![Task::Login];
                w.kinds = vec![For::Repository];
            }),
            "not about a repository",
        ),
        (
            with(|w| {
                w.tasks = vec![Task::LambdaPull];
                w.kinds = vec![For::Role];
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
                w.kinds = vec![For::User];
                let many = (0..60).map(|n| format!("team-{n}/some/long/repository/name"));
                w.targets = many.map(|name| target(Partition::Aws, "eu-central-1", &name, false)).collect();
            }),
            "AWS takes 2048",
        ),
        (
            with(|w| {
                w.kinds = vec![For::Endpoint];
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
            w.kinds = vec![For::Repository];
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
        kinds in prop::sample::subsequence(For::ALL.to_vec(), 0..4),
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
