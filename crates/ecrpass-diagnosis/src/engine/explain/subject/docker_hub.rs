//! Commands and messages that name no registry: they are about Docker Hub.

/// Whether a line in lower case is about Docker Hub without a word of it.
pub fn goes_to_docker_hub(line: &str) -> bool {
    if let Some((_, image)) = line.split_once("pull access denied for ") {
        return !image.split([',', ' ']).next().unwrap_or_default().contains(['.', '$', '<', '*', ':']);
    }
    if pulls_from_docker_hub(line) || line.contains("pulling from library/") {
        return true;
    }
    if logs_in_without_words(line) {
        return true;
    }
    let Some((_, rest)) = line.split_once("docker login ") else { return false };
    if !line.trim_start().trim_start_matches(['$', '+', '>', ' ']).starts_with("docker login")
        && !line.contains("run docker login")
        && !line.contains("| docker login")
    {
        return false;
    }
    let mut words = rest.split_whitespace();
    let mut names_user = false;
    while let Some(word) = words.next() {
        match word {
            "-u" | "-p" | "--username" | "--password" => {
                words.next();
                names_user = true;
            }
            word if word.starts_with('-') => {}
            _ => return false,
        }
    }
    names_user
}

/// The command that logs in without a word: `$ docker login`.
fn logs_in_without_words(line: &str) -> bool {
    let Some(before) = line.trim_end().strip_suffix("docker login") else { return false };
    before.trim().is_empty() || ["$ ", "% ", "# ", "> ", "+ "].iter().any(|end| before.ends_with(end))
}

/// The command that pulls an image without a registry in its name: `$ docker pull team/app:1`.
fn pulls_from_docker_hub(line: &str) -> bool {
    let Some((before, rest)) = line.split_once("docker pull ") else { return false };
    let is_command = before.trim().is_empty()
        || before.ends_with(['$', '%', '#', '>', '+'])
        || ["$ ", "% ", "# ", "> ", "+ ", "running command "].iter().any(|end| before.ends_with(end));
    let mut words = rest.split_whitespace();
    let mut image = words.next();
    while let Some(option) = image.filter(|word| word.starts_with('-')) {
        if option == "--platform" {
            words.next();
        }
        image = words.next();
    }
    let Some(image) = image.filter(|_| is_command) else { return false };
    let (registry, is_spelt_out) = match image.split_once('/') {
        Some((first, _)) => (first, true),
        None => ("", image.contains(':')),
    };
    is_spelt_out
        && registry != "localhost"
        && !registry.contains(['.', ':'])
        && !image.contains(['$', '<', '*', '{', '%', '[', '"', '\''])
}

/// Whether a line in lower case names Docker Hub only as what docker would ask in default of something else: it says so
/// before any login when it does not reach its daemon.
pub fn names_it_as_default(line: &str) -> bool {
    line.contains("using system default: https://index.docker.io")
}
