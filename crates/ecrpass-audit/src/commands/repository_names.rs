//! Names of repositories that the AWS CLI is given.

use std::ops::Range;

use crate::commands::scripts;
use crate::deeds::arguments::option;
use crate::host::Host;
use crate::known::find_outside_holes;
use crate::rule::Examined;

/// Where a command wants a repository's name and gets its URI: the bytes of the option, and of the host in it where it
/// stands there in letters.
pub fn with_registry(examined: &Examined<'_>) -> Vec<(Range<usize>, Option<Range<usize>>)> {
    let mut all = Vec::new();
    for scripted in scripts(examined) {
        for (_, command) in scripted.commands().filter(|(_, command)| command.program() == "aws") {
            if !command.words.iter().any(|word| word.is("ecr") || word.is("ecr-public")) {
                continue;
            }
            let Some(name) = option(&command.words, &["--repository-name", "--repository-names"]) else {
                continue;
            };
            let is_uri =
                |text: &str| Host::of_image(text).is_private() && find_outside_holes(text, &['/']).is_some();
            if !name.value.alternatives().all(is_uri) {
                continue;
            }
            let written = examined.file.text.get(name.bytes.clone()).unwrap_or_default();
            let host = name
                .raw
                .find('/')
                .and_then(|at| name.raw.get(..at + 1))
                .filter(|host| host.contains(".dkr.ecr"));
            let host = host.and_then(|host| {
                written.find(host).map(|at| name.bytes.start + at..name.bytes.start + at + host.len())
            });
            all.push((name.bytes, host));
        }
    }
    all
}
