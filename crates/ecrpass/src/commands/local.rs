//! `ecrpass local`: the embedded ECR, in the foreground.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ecrpass_canary::length;
use ecrpass_core::{ImageReference, Partition, Registry, powershell};
use ecrpass_local::{ALL_FAULTS, Argument, Builder, DEFAULT_ACCOUNT, Fault, LocalEcr, TinyImage};

use crate::error::CommandError;
use crate::render::ui::{STRONG, Ui, styled};
use crate::system::named_output::{Access, NamedOutput};

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
    /// Serve TLS instead of plain HTTP, with a CA of its own (its certificate: GET /_local/ca.pem), for the names of
    /// whatever region a client asks for
    #[arg(long)]
    pub tls: bool,
    /// Write the CA's certificate there, for SSL_CERT_FILE or AWS_CA_BUNDLE
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub ca_file: Option<PathBuf>,
    /// The region of hosts that name none, such as 127.0.0.1
    #[arg(long, default_value = "us-east-1")]
    pub region: String,
    /// The account of the registry for such hosts, and of the initial repositories
    #[arg(long, value_name = "ID", default_value = DEFAULT_ACCOUNT)]
    pub account: String,
    /// The account of the user whose key is printed, if it is another one; the repositories are shared with it
    #[arg(long, value_name = "ID")]
    pub caller_account: Option<String>,
    /// How long authorization tokens live, such as 90s or 12h
    #[arg(long, value_name = "TIME", value_parser = parse_length)]
    pub token_lifetime: Option<Duration>,
    /// Issue authorization tokens for this region, whatever region they are requested in
    #[arg(long, value_name = "REGION")]
    pub token_region: Option<String>,
    /// A fault to cause: `NAME[:TARGET][=ARGUMENT]`
    #[arg(long, value_name = "FAULT")]
    pub fault: Vec<Fault>,
    /// Repositories that exist from the start
    #[arg(long, value_name = "NAME", default_value = "team/app")]
    pub create_repository: Vec<String>,
    /// Images that exist from the start: `team/app:1`, or with the host of another registry, also public.ecr.aws/…
    #[arg(long, value_name = "IMAGE", value_parser = parse_image)]
    pub image: Vec<ImageReference>,
    /// Put repositories with this prefix behind a pull-through cache rule
    #[arg(long, value_name = "PREFIX")]
    pub pull_through: Vec<String>,
    /// Redirect layers to a bucket, as ECR does: its own, or this address, where `{region}` stands for the region
    #[arg(long, value_name = "URL", num_args = 0..=1, require_equals = true)]
    pub redirect_layers: Option<Option<String>>,
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

fn parse_length(text: &str) -> Result<Duration, String> {
    length::parse(text).ok_or_else(|| "write a length of time, such as 90s or 12h".to_owned())
}

fn parse_image(text: &str) -> Result<ImageReference, String> {
    ImageReference::parse(text).map_err(|error| error.to_string())
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
    // Before it starts: nobody can use it without.
    let prepare = |path: &PathBuf| NamedOutput::prepare(path, Access::Umask);
    let ca_file = arguments.ca_file.as_ref().map(prepare).transpose()?;
    let ecr = builder(arguments)?
        .start()
        .map_err(|error| CommandError::could_not_run(error.to_string(), "see `ecrpass local --help`"))?;
    furnish(&ecr, arguments)?;
    if let Some(file) = ca_file {
        file.write(&ecr.ca_pem(), ui)?;
    }
    ui.results(variables(&ecr, arguments.print_env))?;
    ui.note("");
    ui.note(&format!(
        "{} at {}, playing {}",
        styled(STRONG, "An Amazon ECR is listening"),
        ecr.url(),
        host(&arguments.account, &arguments.region)
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

/// The server as it is asked for.
fn builder(arguments: &Arguments) -> Result<Builder, CommandError> {
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), arguments.port);
    let mut builder = LocalEcr::builder().region(&arguments.region);
    builder = if arguments.tls { builder.tls(address, &[]) } else { builder.plain(address) };
    builder = builder.account(arguments.caller_account.as_ref().unwrap_or(&arguments.account));
    if arguments.caller_account.is_some() {
        let host = host(&arguments.account, &arguments.region);
        let registry = Registry::parse(&host).map_err(|error| {
            CommandError::could_not_run(format!("{error}."), "check --account and --region")
        })?;
        builder = builder.default_registry(registry);
    }
    if let Some(lifetime) = arguments.token_lifetime {
        builder = builder.token_lifetime(lifetime);
    }
    if let Some(region) = &arguments.token_region {
        builder = builder.token_region(region);
    }
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
    let redirects = match &arguments.redirect_layers {
        Some(to) => Some(to.clone()),
        None => arguments.fault.iter().any(Fault::is_of_bucket).then_some(None),
    };
    Ok(match redirects {
        None => builder,
        Some(Some(to)) => builder.redirect_layers(Some(&to)),
        // Behind TLS, the bucket has its own name.
        Some(None) if arguments.tls => builder.redirect_layers(Some(&bucket(&arguments.region))),
        Some(None) => builder.redirect_layers(None),
    })
}

fn suffix(region: &str) -> &'static str {
    Partition::of_region(region).unwrap_or(Partition::Aws).dns_suffix()
}

fn host(account: &str, region: &str) -> String {
    format!("{account}.dkr.ecr.{region}.{}", suffix(region))
}

fn bucket(region: &str) -> String {
    format!("https://prod-{{region}}-starport-layer-bucket.s3.{{region}}.{}", suffix(region))
}

/// What is there from the beginning.
fn furnish(ecr: &LocalEcr, arguments: &Arguments) -> Result<(), CommandError> {
    let (account, region) = (arguments.account.as_str(), arguments.region.as_str());
    let share = |account: &str, region: &str, name: &str| match &arguments.caller_account {
        Some(caller) if account != "public" => {
            ecr.share_repository(account, region, name, caller).map(|_| ())
        }
        _ => Ok(()),
    };
    for name in &arguments.create_repository {
        ecr.create_repository_in(account, region, name, false)?;
        share(account, region, name)?;
    }
    for image in &arguments.image {
        let registry = image.host.as_ref().map(|_| image.registry()).transpose().map_err(|error| {
            CommandError::could_not_run(
                format!("{error}."),
                "name a registry of Amazon ECR, or leave the host out",
            )
        })?;
        let (account, region) = match &registry {
            Some(registry) => (registry.account().unwrap_or("public"), registry.region()),
            None => (account, region),
        };
        let tag = image.tag.as_deref().unwrap_or("latest");
        let content = TinyImage::new(&format!("{}:{tag}\n", image.repository));
        ecr.put_image(account, region, &image.repository, tag, &content)?;
        share(account, region, &image.repository)?;
    }
    for prefix in &arguments.pull_through {
        ecr.add_cache_rule(account, prefix, "registry-1.docker.io")?;
    }
    Ok(())
}

fn variables(ecr: &LocalEcr, syntax: Syntax) -> Vec<String> {
    let variables = ecr.env();
    match syntax {
        Syntax::Sh => variables.iter().map(|(name, value)| format!("export {name}='{value}'")).collect(),
        Syntax::Fish => variables.iter().map(|(name, value)| format!("set -gx {name} '{value}'")).collect(),
        Syntax::Powershell => variables
            .iter()
            .map(|(name, value)| format!("$Env:{name} = {}", powershell::text(value)))
            .collect(),
        Syntax::Json => {
            let object: serde_json::Map<_, _> =
                variables.into_iter().map(|(name, value)| (name, serde_json::Value::String(value))).collect();
            vec![serde_json::Value::Object(object).to_string()]
        }
    }
}
