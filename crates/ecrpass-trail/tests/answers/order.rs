//! Whatever the order of events, however they are divided among threads, and however many copies there are: the same
//! report.

use ecrpass_trail::accumulator::Accumulator;
use ecrpass_trail::answers::{Wanted, answer};
use ecrpass_trail::event::{Event, Sink};
use proptest::prelude::*;

use super::world::*;

/// A world with something of everything.
fn everything() -> World {
    let mut world = World::default();
    let user = "arn:aws:iam::444455556666:user/jenkins";
    world.life(NODE, 0, 2 * HOUR, 300);
    world.life(user, 0, 2 * HOUR, 400);
    world.life("arn:aws:iam::444455556666:role/other", 0, 5 * HOUR, 600);
    world.role_change(2 * HOUR, "DetachRolePolicy");
    world.denied(NODE, 2 * HOUR + 30, 3 * HOUR, 120, IDENTITY);
    let key = [("userName", "jenkins"), ("accessKeyId", "AKIAIOSFODNN7EXAMPLE")];
    world.change(2 * HOUR, "iam.amazonaws.com", "DeleteAccessKey", &key);
    for at in (0..4 * HOUR).step_by(700) {
        let event = world.pull(at, NODE, "team/app");
        if at > 3 * HOUR {
            refuse(
                event,
                "ecr:BatchGetImage",
                "arn:aws:ecr:eu-west-1:123456789012:repository/team/app",
                RESOURCE,
            );
        }
        world.owners_copy();
    }
    for _ in 0..25 {
        world.call(HOUR, "GetAuthorizationToken", NODE).error = Some("ThrottlingException".into());
    }
    world
}

fn report(parts: &[Vec<Event<'static>>]) -> String {
    let mut sinks = parts.iter().map(|part| {
        let mut sink = Accumulator::default();
        part.iter().for_each(|event| sink.take(event));
        sink
    });
    let mut whole = sinks.next().unwrap_or_default();
    sinks.for_each(|sink| whole.merge(sink));
    serde_json::to_string_pretty(&answer(whole.finish(), &Wanted::default())).unwrap()
}

#[test]
fn the_world_has_something_of_everything() {
    let report = report(&[everything().events]);
    for id in [
        "iam-missing-get-authorization-token",
        "invalid-access-key",
        "cross-account-repo-policy-missing",
        "throttled",
    ] {
        assert!(report.contains(id), "{id} is not in {report}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn order_division_and_copies_change_nothing(
        order in Just((0..everything().events.len()).collect::<Vec<_>>()).prop_shuffle(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        copies in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let world = everything();
        let expected = report(&[world.events.clone()]);
        let mut events: Vec<Event<'static>> = order.iter().map(|at| world.events[*at].clone()).collect();
        for copy in copies {
            let event = copy.get(&world.events).clone();
            events.insert(copy.index(events.len()), event);
        }
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(events.len())).collect();
        cuts.sort_unstable();
        let mut parts = Vec::new();
        for cut in cuts.into_iter().rev() {
            parts.push(events.split_off(cut));
        }
        parts.push(events);
        prop_assert_eq!(report(&parts), expected);
    }
}
