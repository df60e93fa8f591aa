//! A build script for Arch's user repository, `ecrpass-bin`, and the summary that has to lie beside it.

use std::fmt::Write as _;

use anyhow::Result;

use super::sums::Sums;
use crate::release::about::{About, HELPER, LICENCE, NAME, OWN_HELPER, PROVIDER, SUMMARY};
use crate::release::archive;
use crate::release::target::Target;

/// `PKGBUILD`.
pub fn build_script(about: &About, targets: &[Target], sums: &Sums) -> Result<String> {
    let machines: Vec<_> = targets.iter().map(|target| format!("'{}'", target.machine())).collect();
    let mut text = format!(
        "# Maintainer: {}\n# Written by `cargo xtask release`.\npkgname={NAME}-bin\npkgver={}\npkgrel=1\npkgdesc=\"{SUMMARY}\"\narch=({})\nurl=\"{}\"\nlicense=('{LICENCE}')\n\
         depends=('ca-certificates')\nprovides=('{NAME}')\nconflicts=('{NAME}')\noptions=('!strip' '!debug')\n",
        about.maintainer(),
        about.version,
        machines.join(" "),
        about.homepage()
    );
    for target in targets {
        let file = archive::name(about, *target);
        let machine = target.machine();
        let _ = write!(
            text,
            "source_{machine}=('{}')\nsha256sums_{machine}=('{}')\n",
            about.url(&file),
            sums.of(&file)?
        );
    }
    let _ = write!(
        text,
        r#"
package() {{
  cd "{NAME}-$pkgver-$CARCH-unknown-linux-musl"
  install -Dm755 {NAME} "$pkgdir/usr/bin/{NAME}"
  install -Dm755 {HELPER} "$pkgdir/usr/bin/{OWN_HELPER}"
  ln -s {OWN_HELPER} "$pkgdir/usr/bin/{PROVIDER}"
  install -Dm644 -t "$pkgdir/usr/share/man/man1" man/man1/*.1
  install -Dm644 completions/ecrpass.bash "$pkgdir/usr/share/bash-completion/completions/{NAME}"
  install -Dm644 completions/_ecrpass "$pkgdir/usr/share/zsh/site-functions/_ecrpass"
  install -Dm644 completions/ecrpass.fish "$pkgdir/usr/share/fish/vendor_completions.d/ecrpass.fish"
  install -Dm644 -t "$pkgdir/usr/share/licenses/$pkgname" LICENSE THIRD-PARTY-LICENSES.txt
}}
"#
    );
    Ok(text)
}

/// `.SRCINFO`.
pub fn information(about: &About, targets: &[Target], sums: &Sums) -> Result<String> {
    let mut text = format!(
        "pkgbase = {NAME}-bin\n\tpkgdesc = {SUMMARY}\n\tpkgver = {}\n\tpkgrel = 1\n\turl = {}\n",
        about.version,
        about.homepage()
    );
    for target in targets {
        let _ = writeln!(text, "\tarch = {}", target.machine());
    }
    let _ = write!(
        text,
        "\tlicense = {LICENCE}\n\tdepends = ca-certificates\n\tprovides = {NAME}\n\tconflicts = {NAME}\n\toptions = !strip\n\toptions = !debug\n"
    );
    for target in targets {
        let file = archive::name(about, *target);
        let machine = target.machine();
        let _ = write!(
            text,
            "\tsource_{machine} = {}\n\tsha256sums_{machine} = {}\n",
            about.url(&file),
            sums.of(&file)?
        );
    }
    let _ = write!(text, "\npkgname = {NAME}-bin\n");
    Ok(text)
}
