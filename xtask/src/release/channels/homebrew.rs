//! A formula of Homebrew's. It brings programs that are already built: a cask would be put into quarantine, a formula is not.

use std::fmt::Write as _;

use anyhow::Result;

use super::sums::Sums;
use crate::release::about::{About, HELPER, LICENCE, NAME, OWN_HELPER, PROVIDER, SUMMARY};
use crate::release::archive;
use crate::release::target::Target;

/// The formula.
pub fn formula(about: &About, targets: &[Target], sums: &Sums) -> Result<String> {
    let mut text = format!(
        "# Written by `cargo xtask release`.\nclass Ecrpass < Formula\n  desc \"{SUMMARY}\"\n  homepage \"{}\"\n  version \"{}\"\n  license \"{LICENCE}\"\n",
        about.homepage(),
        about.version
    );
    for (block, is_mac) in [("on_macos", true), ("on_linux", false)] {
        let of_system: Vec<_> = targets.iter().filter(|target| target.is_linux() != is_mac).collect();
        if of_system.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n  {block} do");
        for target in of_system {
            let processor = if target.machine() == "aarch64" { "on_arm" } else { "on_intel" };
            let file = archive::name(about, *target);
            let _ = write!(
                text,
                "    {processor} do\n      url \"{}\"\n      sha256 \"{}\"\n    end\n",
                about.url(&file),
                sums.of(&file)?
            );
        }
        let _ = writeln!(text, "  end");
    }
    // Amazon's name is left to Amazon's formula.
    let _ = write!(
        text,
        "
  def install
    bin.install \"{NAME}\"
    bin.install \"{HELPER}\" => \"{OWN_HELPER}\"
    bin.install_symlink \"{OWN_HELPER}\" => \"{PROVIDER}\"
    man1.install Dir[\"man/man1/*.1\"]
    bash_completion.install \"completions/ecrpass.bash\" => \"{NAME}\"
    zsh_completion.install \"completions/_ecrpass\"
    fish_completion.install \"completions/ecrpass.fish\"
  end

  test do
    assert_match version.to_s, shell_output(\"#{{bin}}/{NAME} --version\")
    assert_match version.to_s, shell_output(\"#{{bin}}/{OWN_HELPER} version\")
  end
end
"
    );
    Ok(text)
}
