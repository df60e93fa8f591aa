//! The kubelet's provider where AWS, the network, the clock or the disk are not as they should be, and in a crowd.

use std::collections::BTreeSet;
use std::process::Child;
use std::time::{Duration, Instant};

use crate::provider::{Node, WEST, answer, request, slug};
use crate::storms::fault;
use crate::world::{World, attacked, finish, in_time, no_key};

#[test]
fn each_cause_is_named_in_one_line() {
    for (text, cause, words) in [
        (
            "deny:GetAuthorizationToken",
            "iam-missing-get-authorization-token",
            "arn:aws:sts::123456789012:assumed-role/",
        ),
        ("no-tokens:ecr", "aws-service-transient", "without a usable token"),
        ("broken-tokens:ecr", "aws-service-transient", "user:password"),
        ("expired-tokens", "token-expired", "expired"),
    ] {
        let node = Node::new();
        node.world.ecr.add_fault(fault(text));
        let run = node.ask(&request(&format!("{WEST}/app")));
        assert_eq!(slug(&run), cause, "{text}");
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
}

#[test]
fn what_hangs_is_named_before_the_kubelets_patience_ends() {
    for (text, cause) in
        [("hop-limit", "imds-unreachable-or-hop-limit"), ("hang:ecr", "network-timeout-ecr-api")]
    {
        in_time(Duration::from_secs(12), text, || {
            let node = Node::new();
            node.world.ecr.add_fault(fault(text));
            let started = Instant::now();
            assert_eq!(slug(&node.ask(&request(&format!("{WEST}/app")))), cause);
            started.elapsed()
        });
    }
}

#[test]
fn a_throttled_call_is_made_again() {
    let node = Node::new();
    node.world.ecr.add_fault(fault("throttle:GetAuthorizationToken=2"));
    node.answer(&format!("{WEST}/app"));
    assert_eq!(node.world.token_calls(), 3);
}

#[test]
fn the_time_is_awss() {
    // Thirteen hours ahead, and as many behind.
    for skew in ["clock-skew=-46800", "clock-skew=46800"] {
        let node = Node::new();
        node.world.ecr.add_fault(fault(skew));
        let said = answer(&node.ask(&request(&format!("{WEST}/app"))));
        assert_eq!(said.seconds(), 3600, "{skew}");
        // From the cache, too.
        let again = answer(&node.ask(&request(&format!("{WEST}/app"))));
        assert_eq!((again.password(), again.seconds()), (said.password(), 3600));
    }
}

#[test]
fn a_token_of_a_short_life_is_kept_for_half_of_it() {
    let node = Node::new();
    node.world.ecr.set_token_lifetime(Duration::from_secs(600));
    let seconds = node.answer(&format!("{WEST}/app")).seconds();
    assert!((290..=300).contains(&seconds), "{seconds}");
}

#[test]
fn a_token_whose_end_is_not_known_is_used_and_not_kept() {
    let node = Node::new();
    node.world.ecr.add_fault(fault("endless-tokens:ecr"));
    for _ in 0..2 {
        let said = answer(&node.ask(&request(&format!("{WEST}/app"))));
        assert_eq!((said.cache_duration.as_str(), said.login().0), ("0s", WEST));
    }
    assert_eq!(node.world.token_calls(), 2);
    assert!(node.world.token_files().is_empty());
}

#[test]
fn a_profile_of_the_providers_environment_is_used() {
    let mut world = World::new();
    let key = world.ecr.access_key();
    let (id, secret) = (key.id.clone(), key.secret.expose().to_owned());
    no_key(&mut world);
    world.aws_config(&format!("[profile ecr]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n"));
    world.set("AWS_PROFILE", "ecr");
    let node = Node::of(world);
    node.answer(&format!("{WEST}/app"));
    assert!(node.principal().contains(":user/"), "{}", node.principal());
}

#[test]
fn without_a_place_for_tokens_it_answers_all_the_same() {
    let mut node = Node::new();
    node.world.set("AWS_ECR_CACHE_DIR", "/proc/nowhere");
    for calls in 1..=2 {
        node.answer(&format!("{WEST}/app"));
        assert_eq!(node.world.token_calls(), calls);
    }
}

#[test]
fn a_crowd_of_images_makes_one_call() {
    for size in [50, 64] {
        let node = Node::new();
        node.world.config("deadline = \"40s\"\n");
        let started = Instant::now();
        let crowd: Vec<Child> =
            (0..size).map(|number| node.start(&format!("{WEST}/team/app-{number}"))).collect();
        let passwords: BTreeSet<String> =
            crowd.into_iter().map(|child| answer(&finish(child)).password()).collect();
        attacked(&format!(
            "{size} images of a registry at once, asked for by the kubelet: {} calls, {:.1} s",
            node.world.token_calls(),
            started.elapsed().as_secs_f64()
        ));
        assert_eq!((passwords.len(), node.world.token_calls()), (1, 1));
    }
}
