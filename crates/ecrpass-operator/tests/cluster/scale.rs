//! Five thousand namespaces and twenty regions: how many calls, how much memory, how long.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream;
use k8s_openapi::api::core::v1::Secret;
use kube::Client;
use kube::api::{Api, ListParams};
use tokio::runtime::Runtime;

use crate::audit_log::{self, counts, hosts, token};
use crate::moved_clock::MovedClock;
use crate::parts::Cluster;
use crate::program::{Home, Running, until_within};
use crate::{grant, namespace};

const REGIONS: [&str; 20] = [
    "af-south-1",
    "ap-east-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-south-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "me-south-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-2",
];

/// As long as a real one's.
const PASSWORD: usize = 1_900;

/// Tokens of one account in all these regions, in one secret of each namespace; written as fast as may be.
fn config() -> String {
    format!(
        "spread = \"10s\"\nwrites_per_second = 200\n[[registry]]\naccounts = [\"123456789012\"]\nregions = {REGIONS:?}\n[[pull_secret]]\nname = \"ecr\"\nselector = \"pull=yes\"\n"
    )
}

#[test]
#[ignore = "needs kube-apiserver and etcd: cargo xtask ci --only operator-cluster"]
fn five_thousand_namespaces_and_twenty_regions() {
    let count: usize =
        std::env::var("ECRPASS_OPERATOR_NAMESPACES").ok().map_or(5_000, |text| text.parse().unwrap());
    let runtime = Runtime::new().unwrap();
    let cluster = runtime.block_on(Cluster::start(false));
    let admin = runtime.block_on(cluster.client("admin"));
    runtime.block_on(grant(&admin));
    let mut home = Home::new(&config());
    home.api.state().aws.password_length = PASSWORD;
    std::fs::write(home.path("kubeconfig"), cluster.kubeconfig("operator")).unwrap();
    let mut clock = MovedClock::of(&mut home);
    let operator = home.start("one");
    let patience = Duration::from_secs(60 + u64::try_from(count / 20).unwrap());
    until_within(patience, "it leads", || operator.get("/metrics").1.contains("ecrpass_leader 1\n"));

    let begun = Instant::now();
    runtime.block_on(stream::iter(0..count).for_each_concurrent(16, |number| {
        let admin = &admin;
        async move { namespace(admin, &format!("n{number}"), true).await }
    }));
    let made = begun.elapsed();
    until_within(patience, "all are served", || is_ready(&operator));
    println!(
        "{count} namespaces were made in {:.0} s, and all served {:.1} s after the last, with {} regions each; \
         {} kB, {} kB at most; {} calls to AWS",
        made.as_secs_f64(),
        (begun.elapsed() - made).as_secs_f64(),
        REGIONS.len(),
        operator.memory(),
        operator.peak_memory(),
        home.api.state().aws.tokens(),
    );
    assert_eq!(home.api.state().aws.tokens(), REGIONS.len());
    let written = counts(&audit_log::read(&cluster.audit_log()));
    assert_eq!(
        (written["create secrets 201"], written["patch serviceaccounts 200"]),
        (count, count),
        "{written:?}"
    );
    let peak = operator.peak_memory();
    operator.kill();

    // Another process reads it all, asks for nothing and writes nothing.
    let operator = home.start("one");
    until_within(patience, "all are known again", || is_ready(&operator));
    let again = counts(&audit_log::read(&cluster.audit_log()));
    for what in ["create secrets 201", "patch secrets 200", "patch serviceaccounts 200"] {
        assert_eq!(again.get(what), written.get(what), "{what}");
    }
    assert_eq!(home.api.state().aws.tokens(), REGIONS.len());
    println!("a new process: {} kB, {} kB at most", operator.memory(), operator.peak_memory());

    // All are renewed, by one call for each region.
    clock.pass(&home, 7);
    let begun = Instant::now();
    let renewed = || {
        let entries = audit_log::read(&cluster.audit_log());
        counts(&entries).get("patch secrets 200").copied().unwrap_or_default()
    };
    until_within(2 * patience, "all are renewed", || {
        std::thread::sleep(Duration::from_secs(2));
        home.api.state().aws.tokens() == 2 * REGIONS.len() && renewed() >= count && is_new(&runtime, &admin)
    });
    println!(
        "all renewed within {:.0} s, {} writes; {} kB, {} kB at most; {:?}",
        begun.elapsed().as_secs_f64(),
        renewed(),
        operator.memory(),
        operator.peak_memory(),
        counts(&audit_log::read(&cluster.audit_log()))
    );
    assert_eq!(home.api.state().aws.tokens(), 2 * REGIONS.len());
    // Its memory is that of what it knows of a namespace, not that of the secrets, which have half a gigabyte.
    assert!(operator.peak_memory().max(peak) < 150_000, "{peak} and {} kB", operator.peak_memory());
}

/// Whether it says so; not asked so often that it has to do with nothing else.
fn is_ready(operator: &Running) -> bool {
    std::thread::sleep(Duration::from_millis(500));
    let (status, _) = operator.get("/readyz");
    status == 200
}

/// Whether every secret holds tokens of the second round only.
fn is_new(runtime: &Runtime, admin: &Client) -> bool {
    let mut parameters = ListParams::default().fields("metadata.name=ecr").limit(200);
    loop {
        let list = runtime.block_on(Api::<Secret>::all(admin.clone()).list(&parameters)).unwrap();
        let mut entries = list.items.iter().flat_map(|secret| hosts(secret).into_iter());
        if !entries.all(|(_, entry)| token(&entry).is_some_and(|number| number > REGIONS.len())) {
            return false;
        }
        match list.metadata.continue_.filter(|text| !text.is_empty()) {
            Some(next) => parameters = parameters.continue_token(&next),
            None => return true,
        }
    }
}
