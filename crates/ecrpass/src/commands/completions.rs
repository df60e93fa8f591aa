//! `ecrpass completions`: what makes a shell complete our commands and options.

use clap_complete::Shell;

use crate::error::CommandError;
use crate::render::ui::Ui;

/// Arguments of `ecrpass completions`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "For bash:        mkdir -p ~/.local/share/bash-completion/completions && ecrpass completions bash > ~/.local/share/bash-completion/completions/ecrpass\nFor zsh:         mkdir -p ~/.zfunc && ecrpass completions zsh > ~/.zfunc/_ecrpass\n                 and, in ~/.zshrc before compinit: fpath+=(~/.zfunc)\nFor fish:        mkdir -p ~/.config/fish/completions && ecrpass completions fish > ~/.config/fish/completions/ecrpass.fish\nFor PowerShell:  ecrpass completions powershell | Out-String | Invoke-Expression\nFor elvish:      eval (ecrpass completions elvish | slurp)"
)]
pub struct Arguments {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Runs the command, with the definition of all commands.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(arguments: &Arguments, commands: &clap::Command, ui: &mut Ui) -> Result<(), CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut shown(commands), "ecrpass", &mut script);
    ui.exact(&String::from_utf8_lossy(&script))?;
    Ok(())
}

/// The definition without what is nobody's to type: in some shells the library offers hidden commands, too.
fn shown(commands: &clap::Command) -> clap::Command {
    let shown = commands.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    clap::Command::new("ecrpass")
        .version(env!("CARGO_PKG_VERSION"))
        .args(commands.get_arguments().cloned())
        .subcommands(shown)
}
