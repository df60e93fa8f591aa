//! The hands of the engine: carries out what it asks for, tells it what came of that, and wakes it when it is time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use kube::Client;
use tokio::sync::{Semaphore, mpsc};

use crate::cluster::announce::Announcer;
use crate::cluster::api_server::ApiServer;
use crate::cluster::feeds::follow;
use crate::job;
use crate::log;
use crate::settings::TokenSource;
use crate::shared::Shared;
use crate::token::Refused;
use crate::tokens::{self, Answer};
use crate::work::{Outcome, Request, Target};

/// The engine is asked at least so often, in milliseconds: clocks are set, machines sleep.
const LONGEST_SLEEP: i64 = 5_000;

/// So many tokens are asked for at once.
const TOKENS_AT_ONCE: usize = 8;

/// What came of a request, and of which configuration it was.
enum Done {
    Token(u64, usize, Result<Answer, Refused>),
    Job(u64, Target, Outcome),
}

/// Until when this replica may write, by its own clock that nobody can set, in milliseconds.
#[derive(Clone, Debug)]
pub struct Permission {
    until: Arc<AtomicI64>,
    started: Instant,
}

impl Permission {
    /// For ever, for who takes no lease.
    pub fn unlimited() -> Self {
        Self { until: Arc::new(AtomicI64::new(i64::MAX)), started: Instant::now() }
    }

    /// Not yet.
    pub fn none() -> Self {
        Self { until: Arc::new(AtomicI64::new(i64::MIN)), started: Instant::now() }
    }

    /// The time of that clock.
    pub fn now(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    /// Until then; not at all without.
    pub fn set(&self, until: Option<i64>) {
        self.until.store(until.unwrap_or(i64::MIN), Ordering::SeqCst);
    }

    /// Whether it may write.
    pub fn is_given(&self) -> bool {
        self.now() < self.until.load(Ordering::SeqCst)
    }
}

/// The hands.
pub struct Driver {
    client: Client,
    shared: Arc<Shared>,
    announcer: Option<Announcer>,
    permission: Permission,
    results: mpsc::UnboundedReceiver<Done>,
    sender: mpsc::UnboundedSender<Done>,
    room: Arc<Semaphore>,
    generation: u64,
    running: usize,
    feeds: Vec<tokio::task::AbortHandle>,
}

impl Driver {
    /// For an engine, with a client of the cluster. Events are said by `announcer`.
    pub fn new(
        client: Client,
        shared: Arc<Shared>,
        announcer: Option<Announcer>,
        permission: Permission,
    ) -> Self {
        let (sender, results) = mpsc::unbounded_channel();
        let room = Arc::new(Semaphore::new(TOKENS_AT_ONCE));
        let (generation, running, feeds) = (0, 0, Vec::new());
        let mut driver =
            Self { client, shared, announcer, permission, results, sender, room, generation, running, feeds };
        driver.follow();
        driver
    }

    /// Begins to follow what the engine's settings need, and nothing else.
    pub fn follow(&mut self) {
        self.generation += 1;
        self.feeds.drain(..).for_each(|feed| feed.abort());
        let feeds: Vec<_> = self.shared.engine().index.feeds().cloned().enumerate().collect();
        for (number, feed) in feeds {
            let following = follow(self.client.clone(), Arc::clone(&self.shared), number, feed);
            self.feeds.push(tokio::spawn(following).abort_handle());
        }
    }

    /// Does what there is to do, and waits until there may be more.
    pub async fn turn(&mut self) {
        let now = self.shared.clock.now();
        let (requests, notices, next) = {
            let mut engine = self.shared.engine();
            let given = self.permission.is_given();
            engine.lead(given, now);
            (engine.poll(now), engine.notices(), engine.next())
        };
        for notice in notices {
            log::notice(&notice);
            if let Some(announcer) = &self.announcer {
                announcer.say(notice);
            }
        }
        requests.into_iter().for_each(|request| self.start(request));
        let sleep = next.map_or(LONGEST_SLEEP, |next| next.saturating_sub(now).clamp(5, LONGEST_SLEEP));
        let sleep = Duration::from_millis(u64::try_from(sleep).unwrap_or_default());
        tokio::select! {
            result = self.results.recv() => {
                if let Some(result) = result {
                    self.tell(result);
                }
                // All that has come by now, at one go.
                while let Ok(result) = self.results.try_recv() {
                    self.tell(result);
                }
            }
            () = self.shared.bell.notified() => {}
            () = tokio::time::sleep(sleep) => {}
        }
    }

    /// Waits for what was begun, but not for ever.
    pub async fn finish(&mut self, patience: Duration) {
        self.feeds.drain(..).for_each(|feed| feed.abort());
        let waiting = async {
            while self.running > 0 {
                if let Some(result) = self.results.recv().await {
                    self.tell(result);
                }
            }
        };
        // What is not done by then is done by the next one.
        let _ = tokio::time::timeout(patience, waiting).await;
    }

    fn start(&mut self, request: Request) {
        let (sender, generation) = (self.sender.clone(), self.generation);
        self.running += 1;
        match request {
            Request::Token(number) => {
                let source = self.shared.engine().settings().tokens.get(number).cloned();
                let room = Arc::clone(&self.room);
                tokio::spawn(async move {
                    let answer = ask(source, &room).await;
                    // The receiver lives as long as the driver.
                    let _ = sender.send(Done::Token(generation, number, answer));
                });
            }
            Request::Job(target, job) => {
                let cluster = ApiServer::new(self.client.clone());
                let now = self.shared.clock.now().div_euclid(1000);
                let permission = self.permission.clone();
                tokio::spawn(async move {
                    let outcome = job::run(&cluster, &job, now, &|| permission.is_given()).await;
                    let _ = sender.send(Done::Job(generation, target, outcome));
                });
            }
        }
    }

    fn tell(&mut self, result: Done) {
        self.running = self.running.saturating_sub(1);
        let (Done::Token(generation, ..) | Done::Job(generation, ..)) = &result;
        if *generation != self.generation {
            return;
        }
        match result {
            Done::Token(_, number, Ok(answer)) => {
                if let Some(aws) = answer.aws_time {
                    self.shared.clock.set(aws);
                }
                self.shared.tell(|engine, now| engine.token(number, answer.token, now));
            }
            Done::Token(_, number, Err(refused)) => {
                self.shared.tell(|engine, now| engine.no_token(number, refused, now));
            }
            Done::Job(_, target, outcome) => {
                self.shared.tell(|engine, now| engine.done(&target, outcome, now));
            }
        }
    }
}

async fn ask(source: Option<TokenSource>, room: &Semaphore) -> Result<Answer, Refused> {
    let lost = |text: &str| Refused {
        cause: ecrpass_core::DiagnosisId::AwsServiceTransient.slug().to_owned(),
        text: text.to_owned(),
        transient: true,
        fingerprint: None,
    };
    let Some(source) = source else { return Err(lost("the configuration has no such token")) };
    let _permit = room.acquire().await;
    let answer = tokio::task::spawn_blocking(move || tokens::ask(&source)).await;
    answer.unwrap_or_else(|_| Err(lost("asking AWS ended with a bug of this program")))
}
