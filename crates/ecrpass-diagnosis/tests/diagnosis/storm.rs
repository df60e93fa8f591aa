//! A log in which nearly every line is a failure: all are counted, and the first few of a shape are enough to know it.

use ecrpass_diagnosis::engine::explain::{Explainer, explain};
use ecrpass_diagnosis::finding::{Finding, Occurrences};

const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
const QUIET: &str =
    "Feb 11 09:14:03 node-7 kubelet[1]: I0211 09:14:03.118000 1 reconciler.go:211] volume mounted";

fn time(second: usize) -> String {
    format!("Feb 11 {:02}:{:02}:{:02}", 9 + second / 3600, second / 60 % 60, second % 60)
}

/// A line of an incident: another time, pod and number in each.
fn failure(n: usize, image: &str) -> String {
    let (time, number) = (time(n / 20), n + 100_000);
    format!(
        "{time} node-{} kubelet[{number}]: E0211 1 kuberuntime_image.go:55] Failed to pull image \"{HOST}/{image}\": rpc error: code = Unknown desc = failed to pull and unpack image \"{HOST}/{image}\": pulling from host {HOST} failed with status code [manifests {number}]: no basic auth credentials pod=\"shop/web-{n:x}-a{}b\"",
        n % 50,
        n % 97
    )
}

const IMAGES: [&str; 3] = ["shop/web:1.4.2", "shop/api:1.4.2", "team/worker:7"];

fn storm(lines: usize) -> String {
    let mut text = String::new();
    for n in 0..lines {
        text.push_str(&failure(n, IMAGES[n % 3]));
        text.push('\n');
        if n % 7 == 0 {
            text.push_str(QUIET);
            text.push('\n');
        }
    }
    text
}

fn occurrences(found: &[Finding]) -> &Occurrences {
    found[0].occurrences.as_ref().unwrap()
}

#[test]
fn every_line_is_counted_with_its_time_and_its_image() {
    for lines in [5, 500, 18_212] {
        let found = explain("log", &storm(lines));
        assert_eq!(found[0].id, "kubelet-credential-provider-missing");
        let counted = occurrences(&found);
        let last = time((lines - 1) / 20);
        assert_eq!(
            (counted.lines, counted.first.as_deref(), counted.last.as_deref(), counted.images),
            (lines as u64, Some("09:00:00"), Some(&last[7..]), 3),
            "{lines}"
        );
        assert_eq!(found[0].evidence[0].line, Some(1));
    }
}

/// A name that no two numbers share, of letters only, as people name their services.
fn name(mut number: usize) -> String {
    let mut name = "svc-".to_owned();
    for _ in 0..4 {
        name.push(char::from(b'a' + u8::try_from(number % 26).unwrap()));
        number /= 26;
    }
    name
}

#[test]
fn images_of_any_number_are_told_apart() {
    let lines = 30_000;
    let mut text = String::new();
    for n in 0..lines {
        let image = format!("{}/{}:stable", if n % 2 == 0 { "shop" } else { "platform" }, name(n));
        text.push_str(&failure(n, &image).replace("shop/web-", &format!("shop/{}-", name(n))));
        text.push('\n');
    }
    let found = explain("log", &text);
    assert_eq!(found[0].id, "kubelet-credential-provider-missing");
    let counted = occurrences(&found);
    assert_eq!((counted.lines, counted.images), (lines as u64, lines as u64));
}

#[test]
fn how_it_is_fed_does_not_change_the_count() {
    let text = storm(9_000);
    let whole = explain("log", &text);
    for size in [4_093, 70_001] {
        let mut explainer = Explainer::default();
        text.as_bytes().chunks(size).for_each(|chunk| explainer.feed(chunk));
        assert_eq!(explainer.finish("log"), whole, "{size}");
    }
}

#[test]
fn another_cause_in_the_middle_of_a_storm_is_found_and_so_is_one_that_only_its_neighbour_shows() {
    let mut lines: Vec<String> = storm(12_000).lines().map(str::to_owned).collect();
    lines[6_000] =
        format!("denied: Your authorization token has expired. Reauthenticate and try again. {HOST}/x");
    let found: Vec<String> =
        explain("log", &lines.join("\n")).into_iter().map(|finding| finding.id).collect();
    assert!(
        found.contains(&"token-expired".to_owned()) || found.contains(&"k8s-pull-secret-expired".to_owned()),
        "{found:?}"
    );
    // The same words, of Docker Hub first and of ECR at last.
    let hub = "docker push docker.io/me/app\nunauthorized: authentication required\n";
    let filler = "09:14:03 INFO worker: batch 99182 done in 88 ms\n".repeat(100);
    let text = format!(
        "{}docker push {HOST}/app\nunauthorized: authentication required\n",
        format!("{hub}{filler}").repeat(30)
    );
    let found = explain("log", &text);
    assert_eq!(found[0].id, "not-logged-in");
    assert_eq!(found[0].evidence[0].line, Some(30 * 102 + 2));
}
