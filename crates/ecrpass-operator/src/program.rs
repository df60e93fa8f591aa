//! From the command line to what it asks for, and to an exit status.

use std::process::ExitCode;

use clap::Parser as _;
use ecrpass_aws::files;
use ecrpass_system::machine;
use kube::Client;

use crate::arguments::{Arguments, Command, Remove, Run, Where};
use crate::cluster::connect::{Place, connect};
use crate::leader::Lease;
use crate::run::{self, NotFresh, Service};
use crate::settings::Settings;
use crate::settings_file::SettingsFile;
use crate::{check, log, remove};

/// Files that look at tokens and credentials, at most.
const BLOCKING_THREADS: usize = 16;

/// Why it ends without having done what it was asked for.
enum End {
    /// A wrong configuration, or something that is not as it should be.
    Wrong(String),
    /// It could not run at all.
    Cannot(String),
}

/// The program.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and versions come this way, too.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    // What systemd and containers start may have no HOME.
    files::look_home_up();
    match act(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(End::Wrong(why)) => {
            log::error(&why);
            ExitCode::from(1)
        }
        Err(End::Cannot(why)) => {
            log::error(&why);
            ExitCode::from(3)
        }
    }
}

fn act(command: Command) -> Result<(), End> {
    match command {
        Command::Check { file } => {
            let (_, settings) = SettingsFile::read(&file).map_err(End::Wrong)?;
            print(check::describe(&settings));
            Ok(())
        }
        Command::Run(run) => {
            let (file, settings) = SettingsFile::read(&run.place.config).map_err(End::Wrong)?;
            block_on(keep_fresh(run, file, settings))
        }
        Command::Remove(remove) => {
            let (_, settings) = SettingsFile::read(&remove.place.config).map_err(End::Wrong)?;
            block_on(take_out(remove, settings))
        }
    }
}

fn block_on(future: impl Future<Output = Result<(), End>>) -> Result<(), End> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS)
        .build()
        .map_err(|error| End::Cannot(format!("the system has no resources left: {error}")))?;
    let result = runtime.block_on(future);
    // A name lookup that hangs sits in a thread of its own; do not wait for it.
    runtime.shutdown_background();
    result
}

async fn client(place: &Where) -> Result<Client, End> {
    let at = Place { kubeconfig: place.kubeconfig.clone(), context: place.context.clone() };
    connect(&at).await.map_err(End::Cannot)
}

fn lease(client: &Client, place: &Where) -> Lease {
    let namespace = place.namespace.clone().unwrap_or_else(|| client.default_namespace().to_owned());
    Lease::new(client.clone(), &namespace, &place.lease)
}

async fn keep_fresh(run: Run, file: SettingsFile, settings: Settings) -> Result<(), End> {
    let client = client(&run.place).await?;
    if run.dry_run {
        let shared = run::look(client, settings).await.map_err(End::Cannot)?;
        let now = shared.clock.now();
        let lines = shared.engine().intentions(now);
        print(if lines.is_empty() { vec!["nothing to do".to_owned()] } else { lines });
        return Ok(());
    }
    if run.once {
        return run::once(client, settings).await.map_err(|why| match why {
            NotFresh::Some(why) => End::Wrong(why),
            NotFresh::Unknown(why) => End::Cannot(why),
        });
    }
    let lease = (!run.no_leader_election).then(|| lease(&client, &run.place));
    let identity = run.identity.unwrap_or_else(|| {
        format!("{}-{}", machine::host_name().unwrap_or_else(|| "host".to_owned()), std::process::id())
    });
    let service = Service { listen: run.listen, lease, identity };
    run::serve(client, file, settings, service).await.map_err(End::Cannot)
}

async fn take_out(arguments: Remove, settings: Settings) -> Result<(), End> {
    let client = client(&arguments.place).await?;
    if arguments.dry_run {
        let shared = run::look(client, settings.retired()).await.map_err(End::Cannot)?;
        let now = shared.clock.now();
        let engine = shared.engine();
        let mut lines = engine.intentions(now);
        lines.extend(engine.expiries());
        print(if lines.is_empty() { vec!["there is nothing to remove".to_owned()] } else { lines });
        return Ok(());
    }
    let lease = lease(&client, &arguments.place);
    let summary = remove::remove(client, &settings, &lease).await.map_err(End::Wrong)?;
    print(vec![summary]);
    Ok(())
}

fn print(lines: Vec<String>) {
    for line in lines {
        let line = ecrpass_core::visible::visible(&line).into_owned();
        // Who reads has seen enough.
        if !log::result(&line) {
            return;
        }
    }
}
