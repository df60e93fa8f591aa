//! The kubelet that runs on a node: with which words it was started, and when.
//!
//! It is looked for in the node's own /proc, below its root. Source: proc(5).

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A moment of a machine that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Which run of the machine.
    pub boot: String,
    /// Hundredths of a second since it began.
    pub ticks: u64,
}

impl Moment {
    /// This one; `None` where the system does not say. All that runs on one kernel has one time.
    pub fn now(root: &Path) -> Option<Self> {
        [root.join("proc"), PathBuf::from("/proc")].iter().find_map(|proc| {
            let boot = fs::read_to_string(proc.join("sys/kernel/random/boot_id")).ok()?.trim().to_owned();
            let uptime = fs::read_to_string(proc.join("uptime")).ok()?;
            let (seconds, hundredths) = uptime.split_whitespace().next()?.split_once('.')?;
            let ticks = seconds.parse::<u64>().ok()? * 100 + hundredths.parse::<u64>().ok()?;
            Some(Self { boot, ticks })
        })
    }
}

/// A kubelet, or what runs one in itself.
struct Kubelet {
    words: Vec<String>,
    /// In hundredths of a second after the machine's start; the kernel counts in these for programs.
    started: u64,
}

/// With what the kubelet of a node runs.
pub fn words(root: &Path) -> Option<Vec<String>> {
    kubelets(root).into_iter().map(|kubelet| kubelet.words).find(|words| is_kubelet(words))
}

/// When it was started, or what runs it in itself; of several the first.
pub fn started(root: &Path) -> Option<u64> {
    kubelets(root).into_iter().map(|kubelet| kubelet.started).min()
}

fn is_kubelet(words: &[String]) -> bool {
    let name = |at: usize| words.get(at).and_then(|word| word.rsplit('/').next());
    name(0) == Some("kubelet") || (name(0) == Some("hyperkube") && name(1) == Some("kubelet"))
}

fn kubelets(root: &Path) -> Vec<Kubelet> {
    let all = ecrpass_system::directory::entries(&root.join("proc")).unwrap_or_default();
    all.iter().filter_map(|process| kubelet(root, process)).collect()
}

fn kubelet(root: &Path, process: &Path) -> Option<Kubelet> {
    process.file_name()?.to_str()?.parse::<u32>().ok()?;
    let text = |name: &str| fs::read_to_string(process.join(name)).ok();
    let words: Vec<String> = String::from_utf8_lossy(&fs::read(process.join("cmdline")).ok()?)
        .split('\0')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let name = text("comm").unwrap_or_default();
    if !is_kubelet(&words) && !matches!(name.trim(), "k3s-server" | "k3s-agent" | "kubelite") {
        return None;
    }
    // A kubelet in a container of this node, as of kind, is another node's: it has a number in there as well.
    let numbers = text("status").unwrap_or_default();
    let numbers = numbers.lines().find_map(|line| line.strip_prefix("NSpid:")).unwrap_or_default();
    let is_same = |other: fs::Metadata| {
        fs::metadata(root).is_ok_and(|ours| (ours.dev(), ours.ino()) == (other.dev(), other.ino()))
    };
    if numbers.split_whitespace().count() > 1 || !fs::metadata(process.join("root")).map_or(true, is_same) {
        return None;
    }
    let stat = text("stat")?;
    // Behind the name, which may hold anything: field 3 and those that follow.
    let started = stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()?;
    Some(Kubelet { words, started })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(root: &Path, number: u32, words: &[&str], comm: &str, status: &str) {
        let directory = root.join(format!("proc/{number}"));
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("cmdline"), words.join("\0") + "\0").unwrap();
        fs::write(directory.join("comm"), format!("{comm}\n")).unwrap();
        fs::write(directory.join("status"), status).unwrap();
        let zeros = "0 ".repeat(18);
        fs::write(directory.join("stat"), format!("{number} (a) b) S {zeros}{}00 0 0", number)).unwrap();
    }

    #[test]
    fn the_nodes_own_kubelet_is_found() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(words(root.path()), None);
        process(root.path(), 7, &["/usr/bin/kubelet", "--of", "kind"], "kubelet", "NSpid:\t7\t3\n");
        process(root.path(), 8, &["/bin/sh", "kubelet"], "sh", "");
        assert_eq!((words(root.path()), started(root.path())), (None, None));
        process(root.path(), 9, &["/usr/bin/kubelet", "--a=b"], "kubelet", "NSpid:\t9\n");
        process(root.path(), 12, &["/usr/local/bin/k3s server"], "k3s-server", "");
        assert_eq!(words(root.path()).unwrap(), ["/usr/bin/kubelet", "--a=b"]);
        assert_eq!(started(root.path()), Some(900));
        // One that sees another root is another node's.
        std::os::unix::fs::symlink("/", root.path().join("proc/9/root")).unwrap();
        assert_eq!(words(root.path()), None);
    }

    #[test]
    fn a_moment_is_read() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("proc/sys/kernel/random")).unwrap();
        fs::write(root.path().join("proc/sys/kernel/random/boot_id"), "b\n").unwrap();
        fs::write(root.path().join("proc/uptime"), "12.34 5.00\n").unwrap();
        assert_eq!(Moment::now(root.path()), Some(Moment { boot: "b".to_owned(), ticks: 1234 }));
    }
}
