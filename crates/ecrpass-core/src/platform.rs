//! Platforms, as images and docker name them: `linux/amd64`, `linux/arm64/v8`.

/// Whether an image for one platform runs on another.
///
/// Older 32-bit Arm images run on newer Arm, 64-bit ones among them; docker takes `arm64` and `arm64/v8` for the same.
/// Source: containerd `platforms/compare.go`, `platformVector`.
pub fn runs(image: &str, host: &str) -> bool {
    let (image, host) = (parts(image), parts(host));
    if image.0 != host.0 {
        return false;
    }
    match (image.1.as_str(), host.1.as_str()) {
        (a, b) if a == b => {
            let version = |text: &str| text.trim_start_matches('v').parse::<u32>().unwrap_or(0);
            image.1 != "arm" || host.2.is_empty() || version(&image.2) <= version(&host.2)
        }
        ("arm", "arm64") => true,
        ("386", "amd64") => true,
        _ => false,
    }
}

/// Operating system, architecture as Go names it, and variant.
fn parts(platform: &str) -> (String, String, String) {
    let platform = platform.to_ascii_lowercase();
    let mut parts = platform.split('/');
    let (first, second) = (parts.next().unwrap_or_default(), parts.next());
    // `arm64` alone means Linux on it.
    let (os, architecture) = second.map_or(("linux", first), |second| (first, second));
    let architecture = match architecture {
        "x86_64" | "x86-64" => "amd64",
        "aarch64" => "arm64",
        "i386" | "i686" | "x86" => "386",
        "armhf" | "armv7l" => "arm",
        other => other,
    };
    (os.to_owned(), architecture.to_owned(), parts.next().unwrap_or_default().to_owned())
}

/// A platform in the common form, `linux/amd64`.
pub fn normal(platform: &str) -> String {
    let (os, architecture, variant) = parts(platform);
    match variant.as_str() {
        "" => format!("{os}/{architecture}"),
        // What every 64-bit Arm is.
        "v8" if architecture == "arm64" => format!("{os}/{architecture}"),
        variant => format!("{os}/{architecture}/{variant}"),
    }
}

/// Whether a text names a platform: an architecture, or an operating system and one, with or without a variant. Which
/// ones there are is not known here: new ones come.
pub fn is_platform(text: &str) -> bool {
    /// Architectures that are named alone. Source: Go's, and the kernel's names of the same.
    const ALONE: [&str; 17] = [
        "386", "aarch64", "amd64", "arm", "arm64", "armhf", "armv7l", "i386", "i686", "loong64", "mips64le",
        "ppc64le", "riscv64", "s390x", "x86", "x86-64", "x86_64",
    ];
    let is_word = |word: &str| {
        word.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
            && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
    };
    match text.split('/').count() {
        1 => ALONE.contains(&text.to_ascii_lowercase().as_str()),
        2 | 3 => text.split('/').all(is_word),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_where() {
        for (image, host, expected) in [
            ("linux/amd64", "linux/amd64", true),
            ("linux/amd64", "linux/arm64", false),
            ("linux/arm64/v8", "linux/arm64", true),
            ("linux/arm64", "aarch64", true),
            ("linux/arm/v7", "linux/arm64", true),
            ("linux/arm/v7", "linux/arm/v6", false),
            ("linux/arm/v6", "linux/arm/v7", true),
            ("linux/386", "linux/amd64", true),
            ("windows/amd64", "linux/amd64", false),
        ] {
            assert_eq!(runs(image, host), expected, "{image} on {host}");
        }
        assert_eq!(normal("x86_64"), "linux/amd64");
        assert_eq!(normal("linux/arm64/v8"), "linux/arm64");
        assert_eq!(normal("linux/arm/v7"), "linux/arm/v7");
    }

    #[test]
    fn what_names_a_platform() {
        for text in ["linux/amd64", "linux/arm64/v8", "arm64", "x86_64", "Linux/S390X", "windows/amd64"] {
            assert!(is_platform(text), "{text}");
        }
        for text in
            ["", "x", "linux", "linux/", "/amd64", "linux//v8", "linux/arm/v7/x", "linux amd64", "a/b c"]
        {
            assert!(!is_platform(text), "{text}");
        }
    }
}
