//! `ecrpass local`: the embedded ECR, in the foreground.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use ecrpass_local::{ALL_FAULTS, Argument, Fault, LocalEcr};

use crate::error::CommandError;
use crate::render::ui::{STRONG, Ui, styled};

/// How the variables are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Syntax {
    /// export NAME=value
    Sh,
    /// set -gx NAME value
    Fish,
    /// $env:NAME = "value"
    Powershell,
    /// An object
    Json,
}

/// Arguments of `ecrpass local`.
#[derive(Debug, clap::Args)]
#[command(after_help = fault_help())]
pub struct Arguments {
    /// The port on 127.0.0.1; a free one when left out
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// Serve TLS instead of plain HTTP, with a CA of its own (its certificate: GET /_local/ca.pem)
    #[arg(long)]
    pub tls: bool,
    /// A fault to cause: `NAME[:TARGET][=ARGUMENT]`
    #[arg(long, value_name = "FAULT")]
    pub fault: Vec<Fault>,
    /// Repositories to begin with
    #[arg(long, value_name = "NAME", default_value = "team/app")]
    pub create_repository: Vec<String>,
    /// Keep images in this directory instead of in memory
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "forward")]
    pub storage: Option<PathBuf>,
    /// Keep images in another registry, reached over plain HTTP
    #[arg(long, value_name = "HOST:PORT")]
    pub forward: Option<String>,
    /// How to print the variables to export
    #[arg(long, value_enum, default_value_t = Syntax::Sh)]
    pub print_env: Syntax,
}

fn fault_help() -> String {
    let mut text = "Faults, each for a TARGET (an operation such as GetAuthorizationToken, a service such as ecr, sts,\niam, imds, container, sso, registry, bucket, or * for all):\n".to_owned();
    for fault in ALL_FAULTS {
        let argument = match fault.argument {
            Argument::None => "",
            Argument::Times => "[=TIMES]",
            Argument::Duration => "=TIME",
            Argument::Seconds => "=SECONDS",
        };
        let _ = writeln!(text, "  {:<28} {}", format!("{}{argument}", fault.name), fault.summary);
    }
    text.push_str("\nFaults, calls and repositories can also be changed while it runs: GET /_local/status");
    text
}

/// Runs the command.
///
/// # Errors
/// When the port or the directory cannot be used.
pub fn run(arguments: &Arguments, ui: &mut Ui) -> Result<(), CommandError> {
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), arguments.port);
    let mut builder = LocalEcr::builder();
    builder = if arguments.tls { builder.tls(address, &[]) } else { builder.plain(address) };
    if let Some(directory) = &arguments.storage {
        builder = builder.directory(directory);
    }
    if let Some(registry) = &arguments.forward {
        builder = builder.forward_to(registry);
    }
    for fault in &arguments.fault {
        builder = builder.fault(fault.clone());
    }
    // Layers come from the registry itself, unless something is to happen where ECR has them.
    if arguments.fault.iter().any(|fault| fault.is_of_bucket()) {
        builder = builder.redirect_layers(None);
    }
    let ecr = builder
        .start()
        .map_err(|error| CommandError::could_not_run(error.to_string(), "see `ecrpass local --help`"))?;
    for name in &arguments.create_repository {
        ecr.create_repository(name)?;
    }
    ui.results(variables(&ecr, arguments.print_env))?;
    ui.note("");
    ui.note(&format!(
        "{} at {}, playing {}",
        styled(STRONG, "An Amazon ECR is listening"),
        ecr.url(),
        ecr.registry_host()
    ));
    ui.note(&format!("repositories: {}", arguments.create_repository.join(", ")));
    ui.note(&format!(
        "try: docker login --username AWS {} (or add it to ~/.config/ecrpass/config.toml as an alias)",
        ecr.registry_address()
    ));
    ui.note("Ctrl-C stops it.");
    ecr.run_until_interrupted()?;
    Ok(())
}

fn variables(ecr: &LocalEcr, syntax: Syntax) -> Vec<String> {
    let variables = ecr.env();
    match syntax {
        Syntax::Sh => variables.iter().map(|(name, value)| format!("export {name}='{value}'")).collect(),
        Syntax::Fish => variables.iter().map(|(name, value)| format!("set -gx {name} '{value}'")).collect(),
        Syntax::Powershell => {
            variables.iter().map(|(name, value)| format!("$env:{name} = \"{value}\"")).collect()
        }
        Syntax::Json => {
            let object: serde_json::Map<_, _> =
                variables.into_iter().map(|(name, value)| (name, serde_json::Value::String(value))).collect();
            vec![serde_json::Value::Object(object).to_string()]
        }
    }
}
