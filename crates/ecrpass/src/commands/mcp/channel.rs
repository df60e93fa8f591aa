//! Standard input and output as the protocol's channel: a message a line, within bounds. Whoever asks something gets an
//! answer, also to a question that cannot be read; what is no question is passed over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rmcp::RoleServer;
use rmcp::model::{ClientJsonRpcMessage, ErrorData, RequestId};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use rmcp::transport::async_rw::AsyncRwTransport;
use serde_json::error::Category;
use tokio::io::{AsyncBufReadExt, BufReader, Empty, Stdin, Stdout};
use tokio::task::JoinHandle;

use super::answer::repeated;
use super::question::Questions;

/// The longest message, in bytes; a longer one is not kept. Every byte of a text can take six in JSON.
const LONGEST: usize = 32 * 1024 * 1024;

/// The channel.
pub(super) struct Channel {
    input: BufReader<Stdin>,
    line: Line,
    /// The library's half that writes: a message at a time, whoever sends it.
    output: AsyncRwTransport<RoleServer, Empty, Stdout>,
    /// Errors that are being written.
    writing: Vec<JoinHandle<()>>,
    /// Whether the server has something to do with its client.
    has_begun: Arc<AtomicBool>,
}

/// A line as far as it was read. It is kept here and not where it is read: that ends whenever there is something to send.
#[derive(Default)]
struct Line {
    bytes: Vec<u8>,
    is_too_long: bool,
    questions: Questions,
}

impl Line {
    fn add(&mut self, bytes: &[u8]) {
        self.questions.read(bytes);
        if self.is_too_long || self.bytes.len() + bytes.len() > LONGEST {
            self.is_too_long = true;
            self.bytes = Vec::new();
        } else {
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// The message in it.
    ///
    /// # Errors
    /// Why there is none, and who waits for an answer.
    fn message(self) -> Result<ClientJsonRpcMessage, (ErrorData, Vec<RequestId>)> {
        let Self { bytes, is_too_long, questions } = self;
        let asked = questions.asked();
        if is_too_long {
            let what = format!("the message is larger than {} MiB: it was not read", LONGEST >> 20);
            return Err((ErrorData::invalid_request(what, None), asked));
        }
        serde_json::from_slice(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes)).map_err(|error| {
            let what = format!("the message cannot be read: {}", repeated(&error.to_string()));
            let error = match error.classify() {
                Category::Syntax | Category::Eof => ErrorData::parse_error(what, None),
                Category::Data | Category::Io => ErrorData::invalid_request(what, None),
            };
            (error, asked)
        })
    }
}

impl Channel {
    /// Standard input and output, for a server that says when it has begun.
    pub(super) fn standard(has_begun: Arc<AtomicBool>) -> Self {
        Self {
            input: BufReader::new(tokio::io::stdin()),
            line: Line::default(),
            output: AsyncRwTransport::new_server(tokio::io::empty(), tokio::io::stdout()),
            writing: Vec::new(),
            has_begun,
        }
    }

    /// The next line; `None` where the input ends.
    async fn line(&mut self) -> Option<Line> {
        loop {
            let available = self.input.fill_buf().await.ok().filter(|available| !available.is_empty())?;
            let end = available.iter().position(|byte| *byte == b'\n');
            self.line.add(available.get(..end.unwrap_or(available.len())).unwrap_or_default());
            let read = end.map_or(available.len(), |end| end + 1);
            self.input.consume(read);
            if end.is_some() {
                return Some(std::mem::take(&mut self.line));
            }
        }
    }

    /// Says to all who wait for an answer that there is none. It goes on whatever becomes of the reading.
    fn refuse(&mut self, error: &ErrorData, asked: Vec<RequestId>) {
        self.writing.retain(|writing| !writing.is_finished());
        for id in asked {
            let sent = self.output.send(TxJsonRpcMessage::<RoleServer>::error(error.clone(), Some(id)));
            self.writing.push(tokio::spawn(async {
                let _ = sent.await;
            }));
        }
    }
}

impl Transport<RoleServer> for Channel {
    type Error = std::io::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        self.output.send(item)
    }

    /// The library ends the connection when anything but a request comes before the handshake, such as a notification of
    /// the client's own: that is nothing to answer, and passed over.
    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        while let Some(line) = self.line().await {
            match line.message() {
                Ok(message) => {
                    let is_request = matches!(message, ClientJsonRpcMessage::Request(_));
                    if is_request || self.has_begun.load(Ordering::Relaxed) {
                        return Some(message);
                    }
                }
                Err((error, asked)) => self.refuse(&error, asked),
            }
        }
        while let Some(writing) = self.writing.last_mut() {
            let _ = writing.await;
            self.writing.pop();
        }
        None
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.output.close().await
    }
}
