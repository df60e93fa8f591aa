//! What is written is what is needed: the evaluator allows the task by the documents, denies each action that is left
//! out of them, and denies another repository.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic)] // a test's way of failing

#[path = "support/wishes.rs"]
mod wishes;

use ecrpass_core::{Arn, Partition};
use ecrpass_iam::actions::{self, Scope};
use ecrpass_iam::context::Context;
use ecrpass_iam::generate::draft::NewStatement;
use ecrpass_iam::generate::{Draft, Kind, Wanted, generate};
use ecrpass_iam::task::{Side, TASKS, scope};
use ecrpass_iam::{Layer, Policies, Principal, Request, Task, Verdict, evaluate};

use wishes::{OTHER, OWNER, REGIONS, accepted, is_public, role, target, wanted};

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
        for (partition, region) in REGIONS.into_iter().take(2) {
            let ask = |kinds: &[Kind]| {
                generate(&Wanted { kinds: kinds.to_vec(), ..wanted(task, partition, region, OWNER) }).unwrap()
            };
            let doer = doer(task, partition, region, OWNER);
            let repository = target(partition, region, "team/app", false).arn();
            let drafts = ask(&[&[Kind::Role, Kind::Boundary, Kind::Session][..], &Kind::ENDPOINTS].concat());
            for action in task.actions() {
                let (at_registry, at_api) = actions::asked_at(action);
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
        kinds: Kind::ENDPOINTS.to_vec(),
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
        kinds: Kind::ENDPOINTS.to_vec(),
        ..wanted(Task::Push, Partition::Aws, "us-east-1", OWNER)
    });
    assert!(push.unwrap().iter().all(|draft| draft.kind != Kind::LayerEndpoint));
}
