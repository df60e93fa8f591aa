//! What is an incident without a change, and what is none.

use super::world::*;
use ecrpass_trail::accumulator::Span;
use ecrpass_trail::answers::Wanted;
use ecrpass_trail::report::Signal;

#[test]
fn a_storm_is_throttling_with_its_peak_and_no_cause() {
    let mut world = World::default();
    world.life(NODE, 0, 2 * HOUR, 120);
    let scale = world.change(
        2 * HOUR - 140,
        "autoscaling.amazonaws.com",
        "SetDesiredCapacity",
        &[("autoScalingGroupName", "spot"), ("desiredCapacity", "900")],
    );
    for call in 0..620 {
        let event = world.call(2 * HOUR, "GetAuthorizationToken", NODE);
        if call >= 500 {
            event.error = Some("ThrottlingException".into());
            event.message = Some("Rate exceeded".into());
        }
    }
    let report = world.report();
    let incident = world.incident();
    assert_eq!((incident.id, incident.signal, incident.count), (Some("throttled"), Signal::Throttling, 120));
    assert!(incident.causes.is_empty());
    assert_eq!(incident.context[0].event_id, scale);
    assert_eq!(report.peaks.len(), 1);
    let peak = &report.peaks[0];
    assert_eq!(
        (peak.peak_per_second, peak.quota_per_second, peak.at.as_str()),
        (620, Some(500), "2026-11-24T08:00:00Z")
    );
}

#[test]
fn the_wrong_region_is_seen_by_where_the_repository_works() {
    let mut world = World::default();
    for at in (0..4 * HOUR).step_by(300) {
        world.pull(at, NODE, "payments/api");
        let event = world.pull(at + 1, NODE, "payments/api");
        event.region = "ap-southeast-2".into();
        event.error = Some("RepositoryNotFoundException".into());
    }
    let incident = world.incident();
    assert_eq!((incident.id, incident.works_in.as_deref()), (Some("wrong-registry-region"), Some(REGION)));
    assert_eq!((incident.region.as_str(), incident.count), ("ap-southeast-2", 48));
}

#[test]
fn pulls_from_the_right_account_do_not_end_those_from_the_wrong_one() {
    let mut world = World::default();
    for at in (0..4 * HOUR).step_by(300) {
        let event = world.pull(at, NODE, "payments/api");
        let arn = format!("arn:aws:ecr:{REGION}:{CALLERS}:repository/payments/api");
        event.resources =
            vec![ecrpass_trail::event::Resource { arn: arn.into(), account: Some(CALLERS.into()) }];
        event.error = Some("RepositoryNotFoundException".into());
        world.pull(at + 1, NODE, "payments/api");
    }
    let incident = world.incident();
    assert_eq!((incident.id, incident.works_in.as_deref()), (Some("wrong-registry-account"), Some(REGISTRY)));
    assert_eq!((incident.count, incident.ended.is_none()), (48, true));
}

#[test]
fn expired_sessions_have_no_change_to_blame() {
    let mut world = World::default();
    world.role_change(2 * HOUR - 10, "DetachRolePolicy");
    for at in (2 * HOUR..4 * HOUR).step_by(300) {
        let event = world.call(at, "GetAuthorizationToken", NODE);
        event.error = Some("ExpiredTokenException".into());
    }
    let incident = world.incident();
    assert_eq!((incident.id, incident.causes.len()), (Some("expired-session-token"), 0));
}

#[test]
fn ordinary_errors_are_no_incidents() {
    let mut world = World::default();
    world.life(NODE, 0, 4 * HOUR, 120);
    for at in (0..4 * HOUR).step_by(600) {
        // Is that tag there already?
        world.call(at, "DescribeImages", NODE).error = Some("ImageNotFoundException".into());
        world.call(at, "CreateRepository", NODE).error = Some("RepositoryAlreadyExistsException".into());
        world.call(at, "GetLifecyclePolicy", NODE).error = Some("LifecyclePolicyNotFoundException".into());
        // Other services, and roles that have nothing to do with ECR.
        let other = world.call(at, "AssumeRole", "arn:aws:iam::444455556666:role/else");
        other.source = "sts.amazonaws.com".into();
        refuse(other, "sts:AssumeRole", "arn:aws:iam::444455556666:role/other", IDENTITY);
    }
    // A slip of the hand.
    world.pull(HOUR, NODE, "team/ap").error = Some("RepositoryNotFoundException".into());
    let report = world.report();
    assert!(report.incidents.is_empty(), "{:#?}", report.incidents);
    assert_eq!(report.totals.ecr_errors, 24 * 3 + 1);
    assert_eq!(report.errors.iter().map(|row| row.count).sum::<u64>(), report.totals.ecr_errors);
}

#[test]
fn failures_that_pause_while_it_works_are_two_incidents() {
    let mut world = World::default();
    for day in [0, 24 * HOUR] {
        world.life(NODE, day, day + 2 * HOUR, 120);
        world.denied(NODE, day + 2 * HOUR, day + 3 * HOUR, 60, IDENTITY);
    }
    let report = world.report();
    assert_eq!(report.incidents.iter().map(|incident| incident.count).collect::<Vec<_>>(), [60, 60]);
    assert!(report.incidents[0].ended.is_none() && report.incidents[1].ended.is_some());
    // A job that fails once a day, and never works, is one.
    let mut world = World::default();
    for day in 0..5 {
        world.denied(NODE, day * 24 * HOUR, day * 24 * HOUR + 60, 60, IDENTITY);
    }
    assert_eq!(world.incident().count, 5);
}

#[test]
fn denials_at_several_stages_are_one_incident() {
    let mut world = World::default();
    world.life(NODE, 0, HOUR, 120);
    let id = world.role_change(HOUR, "DetachRolePolicy");
    world.denied(NODE, HOUR + 40, 2 * HOUR, 60, IDENTITY);
    for at in (HOUR + 50..2 * HOUR).step_by(60) {
        let arn = "arn:aws:ecr:eu-west-1:123456789012:repository/team/app";
        refuse(world.pull(at, NODE, "team/app"), "ecr:BatchGetImage", arn, IDENTITY);
    }
    let incident = world.incident();
    assert_eq!(incident.id, Some("iam-missing-get-authorization-token"));
    assert_eq!(incident.events, ["BatchGetImage", "GetAuthorizationToken"]);
    assert_eq!(named(&incident), [id.as_str()]);
}

#[test]
fn keys_that_never_expire_are_told_with_their_use() {
    let mut world = World::default();
    let user = "arn:aws:iam::444455556666:user/jenkins";
    world.life(user, 0, HOUR, 600);
    let keys = world.report().long_lived_keys;
    assert_eq!(keys.len(), 1);
    assert_eq!((keys[0].calls, keys[0].access_key_id.as_deref()), (6, Some("AKIAIOSFODNN7EXAMPLE")));
    assert_eq!(
        (keys[0].first.as_str(), keys[0].last.as_str()),
        ("2026-11-24T06:00:00Z", "2026-11-24T06:50:00Z")
    );
}

#[test]
fn what_is_asked_for_alone_is_answered() {
    let mut world = World::default();
    let other = "arn:aws:iam::444455556666:role/other";
    world.denied(NODE, 0, HOUR, 60, IDENTITY);
    world.denied(other, HOUR, 2 * HOUR, 60, IDENTITY);
    assert_eq!(world.report().incidents.len(), 2);
    let of = |wanted: Wanted| world.narrow(Span::default(), &wanted).incidents;
    let found = of(Wanted { principal: Some("other".to_owned()), ..Wanted::default() });
    assert_eq!(found.iter().map(|incident| incident.principal.as_str()).collect::<Vec<_>>(), [other]);
    assert!(of(Wanted { repository: Some("team/app".to_owned()), ..Wanted::default() }).is_empty());
    let span = Span { since: Some(START + HOUR), until: Some(START + HOUR + 600) };
    let found = world.narrow(span, &Wanted::default()).incidents;
    assert_eq!(found.iter().map(|incident| incident.count).collect::<Vec<_>>(), [10]);
}

#[test]
fn missing_files_are_named() {
    let mut world = World::default();
    world.denied(NODE, 0, HOUR, 60, IDENTITY);
    let lacks = world.report().lacks;
    assert_eq!(lacks.len(), 1);
    assert_eq!(lacks[0].files, "us-east-1 of account 444455556666");
    world.change(0, "iam.amazonaws.com", "AttachRolePolicy", &[("roleName", "else")]);
    assert!(world.report().lacks.is_empty());
}

#[test]
fn tasks_that_could_not_pull_say_why() {
    let mut world = World::default();
    let instance = "arn:aws:iam::444455556666:role/ecs-instance";
    for at in (0..HOUR).step_by(600) {
        let event = world.call(at, "SubmitTaskStateChange", instance);
        event.source = "ecs.amazonaws.com".into();
        let reason = "CannotPullContainerError: Error response from daemon: Get \"https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/v2/\": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)";
        event.parameters = ecrpass_trail::event::Fields(vec![("containers.reason".into(), reason.into())]);
    }
    let incident = world.incident();
    assert_eq!((incident.id, incident.count), (Some("network-timeout-registry"), 6));
    assert_eq!(incident.error.as_deref(), Some("CannotPullContainerError"));
    assert!(world.report().errors.is_empty(), "the tables are of ECR's calls");
}

#[test]
fn what_fails_now_and_then_is_one_incident() {
    let mut world = World::default();
    world.life(NODE, 0, 12 * HOUR, 120);
    for at in (0..12 * HOUR).step_by(2 * 3_600) {
        let event = world.call(at + 5, "GetAuthorizationToken", NODE);
        event.error = Some("ServerException".into());
    }
    let incident = world.incident();
    assert_eq!((incident.id, incident.count), (Some("aws-service-transient"), 6));
}

/// A role that fails from its beginning at two hours, and the answers from an hour later on.
fn windowed(worked: bool, failed_before: bool, other_before: bool) -> ecrpass_trail::report::Report {
    let mut world = World::default();
    if worked {
        world.life(NODE, 0, 2 * HOUR, 300);
    }
    let cause = world.role_change(2 * HOUR - 60, "DetachRolePolicy");
    if other_before {
        world.life("arn:aws:iam::444455556666:role/other", 0, 2 * HOUR, 300);
    }
    if failed_before {
        world.denied(NODE, 2 * HOUR, 3 * HOUR, 300, IDENTITY);
    }
    world.denied(NODE, 3 * HOUR + 60, 5 * HOUR, 300, IDENTITY);
    let span = Span { since: Some(START + 3 * HOUR), until: None };
    let report = world.narrow(span, &Wanted::default());
    assert_eq!(report.incidents.len(), 1, "{:#?}", report.incidents);
    let incident = &report.incidents[0];
    assert_eq!(incident.count, 24);
    assert!(named(incident).contains(&cause.as_str()));
    report
}

#[test]
fn the_begin_of_a_window_is_not_the_begin_of_an_incident() {
    let moment = |at: i64| ecrpass_core::time::rfc3339(START + at);
    let in_window = moment(3 * HOUR + 60);
    for (worked, failed_before, other_before, began, or_earlier, counted_from) in [
        // What failed first is in the records, and so is what worked before it.
        (true, true, false, moment(2 * HOUR), false, Some(moment(3 * HOUR))),
        // It failed from the first record on.
        (false, true, false, moment(2 * HOUR), true, Some(moment(3 * HOUR))),
        (true, false, false, in_window.clone(), false, None),
        // Others called before, this one did not.
        (false, false, true, in_window.clone(), false, None),
        // Nothing is known of the time before.
        (false, false, false, in_window.clone(), true, None),
    ] {
        let report = windowed(worked, failed_before, other_before);
        let incident = &report.incidents[0];
        let case = format!("{worked} {failed_before} {other_before}: {incident:#?}");
        assert_eq!((&incident.first.time, incident.or_earlier), (&began, or_earlier), "{case}");
        assert_eq!(incident.counted_from, counted_from, "{case}");
        let title = ecrpass_trail::report::text::title(incident);
        assert_eq!(title.contains(" or earlier"), or_earlier, "{title}");
        let after = ecrpass_core::time::duration(if failed_before { 60 } else { HOUR + 120 });
        assert!(incident.causes[0].why.contains(&format!("first call failed {after} after it")), "{case}");
    }
}

#[test]
fn where_nothing_is_as_it_was_asked_for_it_is_said_what_there_is() {
    let mut world = World::default();
    world.life(NODE, 0, HOUR, 300);
    world.pull(10, "arn:aws:iam::444455556666:user/ada", "team/app");
    let ask = |principal: Option<&str>, repository: Option<&str>, span: Span| {
        let wanted =
            Wanted { principal: principal.map(str::to_owned), repository: repository.map(str::to_owned) };
        world.narrow(span, &wanted)
    };
    let always = Span::default();
    let past = Span { since: Some(START + 9 * HOUR), until: None };
    let future = Span { since: None, until: Some(START - 9) };
    for (principal, repository, span, words) in [
        (Some("nobody"), None, always, &["by `nobody`", "role node (12)", "user ada (1)"][..]),
        (None, Some("team/ap"), always, &["about the repository `team/ap`", "team/app (1)"]),
        (Some("ada"), Some("x"), always, &["`x` by `ada`"]),
        (None, None, past, &["within the time", "13 before it, the last at 2026-11-24 06:55:00 UTC"]),
        (Some("node"), None, future, &["13 after it, the first at 2026-11-24 06:00:00 UTC"]),
    ] {
        let report = ask(principal, repository, span);
        let said = report.no_match.clone().unwrap_or_default();
        assert!(words.iter().all(|word| said.contains(word)), "{words:?}: {said}");
        assert_eq!(report.totals.ecr_events, 0);
        let text = ecrpass_trail::report::text::lines(&report);
        assert_eq!(text[0].text, said);
        assert!(ecrpass_trail::report::html::html(&report).contains("2026") && !said.is_empty());
    }
    for principal in [
        "node*",
        "role/node",
        "role/nodes/node",
        "*nod*",
        "arn:aws:sts::444455556666:assumed-role/node/i-0abc",
    ] {
        let report = ask(Some(principal), None, always);
        assert_eq!((report.no_match, report.totals.ecr_events), (None, 12), "{principal}");
    }
}
