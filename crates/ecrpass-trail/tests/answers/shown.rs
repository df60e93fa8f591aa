//! How a report is shown, in each form.

use ecrpass_trail::report::csv::{Table, csv};
use ecrpass_trail::report::{Report, SkippedRow, html, text};

use super::world::*;

/// A report with something of everything.
fn report() -> Report {
    let mut world = World::default();
    let user = "arn:aws:iam::444455556666:user/jenkins";
    for at in (0..3 * HOUR).step_by(300) {
        world.call(at, "GetAuthorizationToken", NODE).vpc_endpoint = Some("vpce-1".into());
    }
    world.life(user, 0, 2 * HOUR, 400);
    let arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly";
    world.change(
        3 * HOUR,
        "iam.amazonaws.com",
        "DetachRolePolicy",
        &[("roleName", "node"), ("policyArn", arn)],
    );
    world.denied(NODE, 3 * HOUR + 60, 5 * HOUR, 60, IDENTITY);
    let key = [("userName", "jenkins"), ("accessKeyId", "AKIAIOSFODNN7EXAMPLE"), ("status", "Inactive")];
    world.change(2 * HOUR, "iam.amazonaws.com", "UpdateAccessKey", &key);
    let ecs = "arn:aws:iam::444455556666:role/ecs";
    world.life(ecs, 0, HOUR, 120);
    world.role_change(HOUR, "DeleteRolePolicy");
    world.last().parameters.0[0].1 = "ecs".into();
    world.denied(ecs, HOUR + 60, 2 * HOUR, 60, IDENTITY);
    world.role_change(2 * HOUR, "PutRolePolicy");
    world.last().parameters.0[0].1 = "ecs".into();
    world.life(ecs, 2 * HOUR + 30, 5 * HOUR, 600);
    for at in 0..3 {
        let event = world.call(HOUR + at * 60, "GetAuthorizationToken", NODE);
        (event.address, event.agent) = ("198.51.100.210".into(), "curl/8.5.0".into());
    }
    for call in 0..620 {
        let event = world.call(4 * HOUR, "GetAuthorizationToken", "arn:aws:iam::444455556666:role/spot");
        event.error = (call >= 500).then(|| "ThrottlingException".into());
    }
    let mut report = world.report();
    report.totals.files = 37;
    report.totals.records = 2_885;
    report.skipped.push(SkippedRow {
        kind: "digest".to_owned(),
        count: 3,
        first: "AWSLogs/123456789012/CloudTrail-Digest/a.json.gz".to_owned(),
        why: "a digest file, which has no records".to_owned(),
    });
    report
}

#[test]
fn as_text() {
    let lines: Vec<String> = text::lines(&report())
        .into_iter()
        .map(|line| format!("{:?} {}", line.look, line.text).trim_end().to_owned())
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn as_json() {
    insta::assert_json_snapshot!(report());
}

#[test]
fn as_tables() {
    let report = report();
    let tables: Vec<String> = [Table::Incidents, Table::Errors, Table::Peaks, Table::Keys]
        .into_iter()
        .map(|table| csv(&report, table))
        .collect();
    insta::assert_snapshot!(tables.join("\n").replace('\r', ""));
}

#[test]
fn as_a_page() {
    let page = html::html(&report());
    // It opens offline: nothing in it is fetched, and nothing runs.
    for text in ["http:", "https:", "src=", "href=", "url(", "@import", "<script"] {
        assert!(!page.contains(text), "{text}");
    }
    insta::assert_snapshot!(page);
}

#[test]
fn where_nothing_is_wrong_it_says_so() {
    let mut world = World::default();
    world.life(NODE, 0, HOUR, 120);
    let first = |report: &Report| text::lines(report).remove(0).text;
    assert_eq!(
        first(&world.report()),
        "No incident: nobody is refused, and nobody fell silent after a change."
    );
    assert_eq!(first(&World::default().report()), "No call of ECR is in these records.");
}
