//! Registry hosts and image references in a line of a log.

/// The texts after which an image reference stands, in lower case.
const BEFORE_IMAGE: [&str; 19] = [
    "refers to repository [",
    "refers to a repository [",
    "failed to pull image \"",
    "failed to pull `",
    "back-off pulling image \"",
    "pulling image \"",
    "failed to resolve reference \"",
    "failed to pull and unpack image \"",
    "pull access denied for ",
    "push permission for \"",
    "error parsing image name \"docker://",
    "docker push ",
    "docker pull ",
    "reading manifest ",
    "load metadata for ",
    "unauthorized for ",
    "trying to pull ",
    "writing to ",
    "pull-check transport for ",
];

/// The hosts a line names as a registry: of `https://HOST/v2/` and of image references, without what follows.
pub fn hosts(line: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    let end_of = |text: &str| text.find(['/', '"', ' ', ']', ',', '\\', '\'', '`']).unwrap_or(text.len());
    for (at, _) in line.match_indices("://") {
        let Some(rest) = line.get(at + 3..) else { continue };
        let end = end_of(rest);
        let path = rest.get(end..).unwrap_or_default();
        if path.starts_with("/v2/") || path.starts_with("/v1/") || path.starts_with("/v2\"") {
            found.extend(rest.get(..end));
        }
    }
    for text in BEFORE_IMAGE {
        for (at, _) in line.match_indices(text) {
            let Some(rest) = line.get(at + text.len()..) else { continue };
            let end = end_of(rest);
            // Without a slash it is a repository of Docker Hub's, or no image at all.
            if rest.get(end..).unwrap_or_default().starts_with('/') {
                found.extend(rest.get(..end).filter(|host| host.contains(['.', ':'])));
            }
        }
    }
    if line.contains("manifest") || line.contains("blob") || line.contains("layer") {
        found.extend(named_after_what(line));
    }
    if line.contains("image") || line.contains("pull") || line.contains("push") {
        for host in quoted(line) {
            if !found.contains(&host) {
                found.push(host);
            }
        }
    }
    found
}

/// The hosts of references with a tag or a digest in quotation marks: ``Failed to pull `HOST/a/b:1` ``.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    ['"', '`', '\''].into_iter().flat_map(move |mark| {
        line.split(mark).skip(1).step_by(2).filter_map(|text| {
            let (host, path) = text.split_once('/')?;
            let is_reference = path.contains([':', '@']) && !path.contains([' ', '\\']);
            (is_reference && is_host(host)).then_some(host)
        })
    })
}

/// Whether a text is put together as the names of hosts on the internet are.
fn is_host(host: &str) -> bool {
    let (name, port) = host.split_once(':').unwrap_or((host, ""));
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    name.rsplit_once('.')
        .is_some_and(|(_, last)| last.len() > 1 && last.bytes().all(|b| b.is_ascii_alphabetic()))
        && name.split('.').all(is_label)
        && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// The hosts of what is read from, or written to, an image: `uploading manifest 1.2 to HOST/a/b: …`.
fn named_after_what(line: &str) -> impl Iterator<Item = &str> {
    [" to ", " in "].into_iter().flat_map(move |before| {
        line.match_indices(before).filter_map(move |(at, _)| {
            let word = line.get(at + before.len()..)?.split(' ').next()?;
            word.split_once('/').map(|(host, _)| host).filter(|host| is_host(host))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found() {
        for (line, expected) in [
            ("get \"https://h.example/v2/\": denied", &["h.example"][..]),
            ("get https://h.example/other", &[]),
            ("the push refers to repository [h.example:5000/a/b]", &["h.example:5000"]),
            ("failed to pull image \"a/b:1\"", &[]),
            ("uploading manifest 1 to h.example/a/b: denied", &["h.example"]),
            ("layer upload to /v2/a/blobs/uploads/ in h.example: denied", &[]),
            ("writing layer to ./a/b", &[]),
            ("failed to pull `h.example/a/b:1`: unauthorized", &["h.example"]),
            ("image 'h.example:5000/a@sha256:00' is not there", &["h.example:5000"]),
            ("pushed by \"github.com/a/b\" from './a.sh/b:1'", &[]),
            (
                "failed to pull image \"h.example/b:1\": failed to resolve reference \"h.example/b:1\"",
                &["h.example", "h.example"],
            ),
        ] {
            assert_eq!(hosts(line), expected, "{line}");
        }
    }
}
