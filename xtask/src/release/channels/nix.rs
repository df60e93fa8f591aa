//! A flake of Nix' with the programs that are already built: static, so nothing has to be patched.

use std::fmt::Write as _;

use anyhow::Result;

use super::sums::Sums;
use crate::release::about::{About, HELPER, NAME, OWN_HELPER, PROVIDER, SUMMARY};
use crate::release::archive;
use crate::release::target::Target;

/// The flake.
pub fn flake(about: &About, targets: &[Target], sums: &Sums) -> Result<String> {
    let mut systems = String::new();
    for target in targets {
        let system = if target.is_linux() { "linux" } else { "darwin" };
        let file = archive::name(about, *target);
        let _ = write!(
            systems,
            "        \"{}-{system}\" = {{\n          url = \"{}\";\n          sha256 = \"{}\";\n        }};\n",
            target.machine(),
            about.url(&file),
            sums.of(&file)?
        );
    }
    Ok(format!(
        r#"# Written by `cargo xtask release`.
{{
  description = "{SUMMARY}";
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixpkgs-unstable";
  outputs = {{ self, nixpkgs }}:
    let
      sources = {{
{systems}      }};
      package = system:
        let pkgs = nixpkgs.legacyPackages.${{system}};
        in pkgs.stdenvNoCC.mkDerivation {{
          pname = "{NAME}";
          version = "{version}";
          src = pkgs.fetchurl sources.${{system}};
          nativeBuildInputs = [ pkgs.installShellFiles ];
          dontStrip = true;
          installPhase = ''
            runHook preInstall
            install -Dm755 {NAME} $out/bin/{NAME}
            install -Dm755 {HELPER} $out/bin/{OWN_HELPER}
            ln -s {OWN_HELPER} $out/bin/{PROVIDER}
            installManPage man/man1/*.1
            installShellCompletion --cmd {NAME} --bash completions/ecrpass.bash --zsh completions/_ecrpass --fish completions/ecrpass.fish
            runHook postInstall
          '';
          meta = {{
            description = "{SUMMARY}";
            homepage = "{homepage}";
            license = pkgs.lib.licenses.asl20;
            mainProgram = "{NAME}";
            platforms = builtins.attrNames sources;
            sourceProvenance = [ pkgs.lib.sourceTypes.binaryNativeCode ];
          }};
        }};
    in {{
      packages = builtins.mapAttrs (system: _: rec {{ {NAME} = package system; default = {NAME}; }}) sources;
    }};
}}
"#,
        version = about.version,
        homepage = about.homepage(),
    ))
}
