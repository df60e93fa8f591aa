//! Nights in which everything goes wrong, before a real API server: operators are killed, AWS and the API server are away
//! for hours, replicas fight, others edit. The API server's own audit log says afterwards whether a write was ever wrong.

use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::{Secret, ServiceAccount};
use kube::Client;
use kube::api::{Api, DeleteParams, Patch, PatchParams};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::audit_log::{self, counts, faults, hosts, token};
use crate::moved_clock::MovedClock;
use crate::parts::Cluster;
use crate::program::Home;
use crate::{grant, names, namespace, secrets};

/// After it is well outside, all is to be well inside within so many seconds.
const RECOVERY: Duration = Duration::from_secs(60);

/// The least that a fresh token lives, in seconds: it is renewed at half of its life, 10 % earlier or later.
const FRESH: i64 = 43_200 * 2 / 5;

const OURS: [&str; 2] =
    ["123456789012.dkr.ecr.eu-west-1.amazonaws.com", "123456789012.dkr.ecr.us-east-1.amazonaws.com"];

const CONFIG: &str = r#"
spread = "2s"
writes_per_second = 40
[[registry]]
accounts = ["123456789012"]
regions = ["eu-west-1", "us-east-1"]
[[pull_secret]]
name = "ecr"
selector = "pull=yes"
"#;

/// A cluster with namespaces, and a clock that can be moved.
struct Night {
    runtime: Runtime,
    cluster: Cluster,
    admin: Client,
    home: Home,
    clock: MovedClock,
    count: usize,
}

impl Night {
    fn begin(count: usize) -> Self {
        let runtime = Runtime::new().unwrap();
        let cluster = runtime.block_on(Cluster::start(true));
        let admin = runtime.block_on(cluster.client("admin"));
        runtime.block_on(async {
            grant(&admin).await;
            for number in 0..count {
                namespace(&admin, &format!("n{number}"), true).await;
            }
        });
        let mut home = Home::new(CONFIG);
        std::fs::write(home.path("kubeconfig"), cluster.kubeconfig("operator")).unwrap();
        let clock = MovedClock::of(&mut home);
        Self { runtime, cluster, admin, home, clock, count }
    }

    /// The numbers of the tokens in every secret, and how many of them are fresh.
    fn tokens(&self) -> (Vec<usize>, usize) {
        let all = self.runtime.block_on(secrets(&self.admin));
        let state = self.home.api.state();
        let tokens: Vec<usize> = all.values().flat_map(held).collect();
        let lives = |number: &&usize| state.aws.expiries[**number - 1] - state.aws.now() > FRESH;
        let fresh = tokens.iter().filter(lives).count();
        (tokens, fresh)
    }

    fn is_well(&self) -> bool {
        let is_named = |number: usize| {
            self.runtime.block_on(names(&self.admin, &format!("n{number}"))).contains(&"ecr".to_owned())
        };
        self.tokens().1 == OURS.len() * self.count && (0..self.count).all(is_named)
    }

    /// How long it takes until all is well.
    fn recover(&self, after: &str) -> Duration {
        let begun = Instant::now();
        while !self.is_well() {
            assert!(begun.elapsed() < RECOVERY, "not well a minute after {after}: {:?}", self.tokens().1);
            std::thread::sleep(Duration::from_millis(250));
        }
        println!("{} namespaces were well {:.1} s after {after}", self.count, begun.elapsed().as_secs_f64());
        begun.elapsed()
    }

    /// How often an operator has changed a secret or an account.
    fn writes(&self) -> usize {
        audit_log::read(&self.cluster.audit_log()).iter().filter(|entry| entry.is_write()).count()
    }

    /// Looks through all that was written, and says what was asked of the API server.
    fn end(self, least_writes: usize) {
        let entries = audit_log::read(&self.cluster.audit_log());
        let expiries = self.home.api.state().aws.expiries.clone();
        let (faults, writes) = faults(&entries, &expiries, &self.clock, &OURS);
        println!("{writes} writes, {} calls to AWS; {:?}", expiries.len(), counts(&entries));
        assert!(faults.is_empty(), "{} of {writes} writes: {faults:#?}", faults.len());
        assert!(writes >= least_writes, "only {writes} writes");
    }
}

/// The numbers of our tokens in a secret.
fn held(secret: &Secret) -> Vec<usize> {
    let hosts = hosts(secret);
    OURS.iter().filter_map(|host| token(hosts.get(*host)?)).collect()
}

/// Numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

#[test]
#[ignore = "needs kube-apiserver and etcd: cargo xtask ci --only operator-cluster"]
fn killed_a_hundred_times_during_renewals() {
    let mut night = Night::begin(120);
    let mut random = Random(1);
    let first = night.home.start_with("one", &["--no-leader-election"]);
    night.recover("the first start");
    first.kill();
    let mut half_done = 0;
    for _ in 0..100 {
        // What was renewed by now is due again.
        if night.tokens().1 > OURS.len() * night.count / 2 {
            night.clock.pass(&night.home, 7);
        }
        let before = night.home.api.state().aws.tokens();
        let operator = night.home.start_with("one", &["--no-leader-election"]);
        let begun = Instant::now();
        while night.home.api.state().aws.tokens() == before && begun.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(random.below(3_000)));
        operator.kill();
        let mut tokens = night.tokens().0;
        tokens.sort_unstable();
        tokens.dedup();
        half_done += usize::from(tokens.len() > OURS.len());
    }
    println!("{half_done} of 100 kills left some secrets renewed, and others not yet");
    assert!(half_done >= 20, "only {half_done} kills were in the middle of something");
    let _last = night.home.start_with("one", &["--no-leader-election"]);
    night.recover("the last start");
    night.end(1_000);
}

#[test]
#[ignore = "needs kube-apiserver and etcd: cargo xtask ci --only operator-cluster"]
fn aws_and_the_api_server_are_away_for_hours() {
    let mut night = Night::begin(300);
    let operator = night.home.start("one");
    night.recover("the first start");
    assert_eq!(night.home.api.state().aws.tokens(), 2);

    // AWS is away until every token has expired.
    night.home.api.state().aws.silent = true;
    let before = night.writes();
    let mut was_unready = false;
    for _ in 0..4 {
        night.clock.pass(&night.home, 4);
        std::thread::sleep(Duration::from_secs(8));
        let (_, fresh) = night.tokens();
        was_unready |= operator.get("/readyz").0 == 503;
        println!("{fresh} tokens are fresh; ready: {}", operator.get("/readyz").1.trim());
    }
    assert!(was_unready);
    assert_eq!(night.writes(), before, "something was written without a token");
    night.home.api.state().aws.silent = false;
    night.recover("AWS was back after 16 hours");
    assert_eq!(night.home.api.state().aws.tokens(), 4);

    // The API server is away for fourteen hours, and AWS for the last seven of them.
    night.cluster.stop();
    night.clock.pass(&night.home, 7);
    std::thread::sleep(Duration::from_secs(10));
    night.home.api.state().aws.silent = true;
    night.clock.pass(&night.home, 7);
    std::thread::sleep(Duration::from_secs(10));
    night.home.api.state().aws.silent = false;
    night.runtime.block_on(night.cluster.serve());
    night.recover("both were back after 14 hours");

    // The same in a process that begins while both are away.
    night.cluster.stop();
    night.home.api.state().aws.silent = true;
    operator.kill();
    let operator = night.home.start("one");
    night.clock.pass(&night.home, 13);
    std::thread::sleep(Duration::from_secs(10));
    night.home.api.state().aws.silent = false;
    night.runtime.block_on(night.cluster.serve());
    night.recover("a new process saw both come back");
    assert_eq!(operator.get("/readyz").0, 200);
    night.end(1_500);
}

/// What others do to a namespace.
async fn meddle(admin: &Client, namespace: &str, what: u64) {
    let secrets = Api::<Secret>::namespaced(admin.clone(), namespace);
    let accounts = Api::<ServiceAccount>::namespaced(admin.clone(), namespace);
    let merge = |patch: Value| Patch::Merge(patch);
    let parameters = PatchParams::default();
    // What is refused, because it changed or is gone, was another's turn.
    match what {
        0 => drop(secrets.patch("ecr", &parameters, &merge(json!({"data": null}))).await),
        1 => {
            let Ok(mut secret) = secrets.get("ecr").await else { return };
            let mut auths = hosts(&secret);
            auths.insert("quay.io".to_owned(), json!({"auth": "dTpw"}));
            secret.data = None;
            secret.string_data =
                Some([(".dockerconfigjson".to_owned(), json!({"auths": auths}).to_string())].into());
            drop(secrets.replace("ecr", &Default::default(), &secret).await);
        }
        2 => {
            let is_alone =
                secrets.get("ecr").await.is_ok_and(|secret| !hosts(&secret).contains_key("quay.io"));
            if is_alone {
                drop(secrets.delete("ecr", &DeleteParams::default()).await);
            }
        }
        3 => drop(accounts.patch("default", &parameters, &merge(json!({"imagePullSecrets": []}))).await),
        4 => {
            let list = json!({"imagePullSecrets": [{"name": "openshift"}, {"name": "helm"}]});
            drop(accounts.patch("default", &parameters, &merge(list)).await);
        }
        _ => {
            let annotations = json!({"metadata": {"annotations": {"ecrpass.dev/entries": null}}});
            drop(secrets.patch("ecr", &parameters, &merge(annotations)).await);
        }
    }
}

/// Changes every secret and account over and over, so that whoever read them before writes too late.
async fn storm(admin: Client, count: usize, until: Instant) {
    let mut turn = 0_u64;
    while Instant::now() < until {
        for number in 0..count {
            turn += 1;
            let patch = Patch::Merge(json!({"metadata": {"annotations": {"storm": turn.to_string()}}}));
            let namespace = format!("n{number}");
            let secrets = Api::<Secret>::namespaced(admin.clone(), &namespace);
            let accounts = Api::<ServiceAccount>::namespaced(admin.clone(), &namespace);
            drop(secrets.patch("ecr", &PatchParams::default(), &patch).await);
            drop(accounts.patch("default", &PatchParams::default(), &patch).await);
        }
    }
}

#[test]
#[ignore = "needs kube-apiserver and etcd: cargo xtask ci --only operator-cluster"]
fn two_replicas_fight_while_others_edit_and_watches_expire() {
    let mut night = Night::begin(40);
    let one = night.home.start_with("one", &["--no-leader-election"]);
    let _two = night.home.start_with("two", &["--no-leader-election"]);
    night.recover("the first start");
    let mut random = Random(2);
    for round in 0..5 {
        let end = Instant::now() + Duration::from_secs(14);
        let storms = [(); 2].map(|()| night.runtime.spawn(storm(night.admin.clone(), night.count, end)));
        night.clock.pass(&night.home, 7);
        let mut number = 0;
        while Instant::now() < end {
            // Nobody is met more often than they would fight about.
            number = (number + 7) % night.count;
            night.runtime.block_on(meddle(&night.admin, &format!("n{number}"), random.below(6)));
            std::thread::sleep(Duration::from_millis(300));
        }
        for storm in storms {
            night.runtime.block_on(storm).unwrap();
        }
        if round % 2 == 1 {
            // While it does not look, things change, and the server forgets where it was.
            one.pause();
            night.runtime.block_on(meddle(&night.admin, "n1", 3));
            night.cluster.stop();
            night.runtime.block_on(night.cluster.serve());
            for number in 0..night.count {
                night.runtime.block_on(meddle(&night.admin, &format!("n{number}"), random.below(6)));
            }
            one.resume();
        }
    }
    night.recover("the last storm");
    let entries = audit_log::read(&night.cluster.audit_log());
    let count = |what: &str| counts(&entries).get(what).copied().unwrap_or_default();
    assert!(count("patch secrets 409") + count("patch serviceaccounts 409") > 20, "{:?}", counts(&entries));
    night.end(400);
}
