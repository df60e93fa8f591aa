//! Where a canary's metrics go besides its endpoint: into a file, and to an OpenTelemetry collector.

use std::io;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use ecrpass_oci::Http;

use crate::render::ui::Ui;
use crate::system::named_output::{Access, NamedOutput};

/// The names of the exporters, as a label has them.
pub const METRICS_FILE: &str = "metrics-file";
pub const OTLP: &str = "otlp";

/// How long a push may take. It is tried once: what it says is said anew with the next one.
const PATIENCE: Duration = Duration::from_secs(2);

/// Writes the metrics in place of what is there, so that whoever reads sees the old or the new, and may read it.
///
/// # Errors
/// When that is not possible.
pub fn write_metrics(path: &Path, text: &str, ui: &mut Ui) -> io::Result<()> {
    // The textfile collector runs under another user.
    NamedOutput::open(path, Access::All)?.put_text(text, ui)
}

/// A collector.
#[derive(Clone, Debug)]
pub struct Collector {
    url: String,
    http: Http,
}

impl Collector {
    /// The one at that address.
    pub fn new(url: &str) -> Self {
        Self { url: url.to_owned(), http: Http::new(&[], PATIENCE).within(PATIENCE) }
    }

    /// Pushes a request, once.
    ///
    /// # Errors
    /// Why that failed, in words without secrets.
    pub fn push(&self, body: &str) -> Result<(), String> {
        let kind = [("content-type", "application/json")];
        self.http.post(&self.url, &kind, body.as_bytes()).map(|_| ()).map_err(|error| error.to_string())
    }

    /// Pushes from now on beside everything else; `failed` hears of every push that failed.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn beside(self, failed: impl Fn(String) + Send + 'static) -> io::Result<Pusher> {
        let (sender, bodies) = sync_channel::<String>(1);
        thread::Builder::new().name("otlp".to_owned()).spawn(move || {
            for body in bodies {
                if let Err(why) = self.push(&body) {
                    failed(why);
                }
            }
        })?;
        Ok(Pusher(sender))
    }
}

/// Pushes one request after the other.
pub struct Pusher(SyncSender<String>);

impl Pusher {
    /// Has a request pushed; false where the last ones are still under way.
    pub fn push(&self, body: String) -> bool {
        self.0.try_send(body).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ecrpass.prom");
        let ui = &mut Ui::new(true, false);
        for text in ["a 1\n", "b 2\n"] {
            write_metrics(&path, text, ui).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o644);
        }
        assert!(write_metrics(&directory.path().join("none/x.prom"), "", ui).is_err());
    }

    #[test]
    fn a_collector_that_is_not_there_is_told_of() {
        assert!(Collector::new("http://127.0.0.1:1/v1/metrics").push("{}").is_err());
    }
}
