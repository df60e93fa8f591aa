//! What policies are wished for, in every partition.

#![allow(dead_code, clippy::unwrap_used)] // each test file uses its part of it; a test's way of failing

use ecrpass_core::{Arn, Partition};
use ecrpass_iam::generate::format::json;
use ecrpass_iam::generate::{Draft, Target, Wanted};
use ecrpass_iam::task::Side;
use ecrpass_iam::{Document, Task, document};

pub const OWNER: &str = "111122223333";
pub const OTHER: &str = "444455556666";
pub const REGIONS: [(Partition, &str); 8] = [
    (Partition::Aws, "eu-central-1"),
    (Partition::AwsCn, "cn-north-1"),
    (Partition::AwsEusc, "eusc-de-east-1"),
    (Partition::AwsIso, "us-iso-east-1"),
    (Partition::AwsIsoB, "us-isob-east-1"),
    (Partition::AwsIsoE, "eu-isoe-west-1"),
    (Partition::AwsIsoF, "us-isof-south-1"),
    (Partition::AwsUsGov, "us-gov-west-1"),
];

pub fn is_public(task: Task) -> bool {
    matches!(task, Task::PullPublic | Task::PushPublic)
}

pub fn target(partition: Partition, region: &str, name: &str, is_public: bool) -> Target {
    Target {
        partition,
        region: if is_public { String::new() } else { region.to_owned() },
        account: OWNER.to_owned(),
        name: name.to_owned(),
        is_public,
    }
}

/// A document as AWS would take it: no problem of any kind.
pub fn accepted(draft: &Draft) -> Document {
    let text = json::document(draft);
    let reading = document::read(&draft.name, &text);
    assert!(reading.problems.is_empty(), "{text}\n{:?}", reading.problems);
    let document = reading.document.unwrap();
    let problems = document::check(&document, draft.kind.layer());
    assert!(problems.is_empty(), "{text}\n{problems:?}");
    document
}

pub fn role(partition: Partition, account: &str) -> String {
    Arn::iam(partition.id(), account, "role/ci").to_string()
}

pub fn wanted(task: Task, partition: Partition, region: &str, account: &str) -> Wanted {
    Wanted {
        tasks: vec![task],
        targets: vec![target(partition, region, "team/app", is_public(task))],
        account: Some(account.to_owned()),
        principals: if task.side() == Side::Caller { vec![role(partition, account)] } else { Vec::new() },
        ..Wanted::default()
    }
}
