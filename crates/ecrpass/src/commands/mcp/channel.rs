//! Standard input and output as the protocol's channel: a message a line, within bounds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rmcp::RoleServer;
use rmcp::model::ClientJsonRpcMessage;
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use rmcp::transport::async_rw::AsyncRwTransport;
use tokio::io::{Stdin, Stdout};

/// The longest message, in bytes; a longer one is dropped. Every byte of a text can take six in JSON.
const LONGEST: usize = 32 * 1024 * 1024;

/// The channel.
pub(super) struct Channel {
    lines: AsyncRwTransport<RoleServer, Stdin, Stdout>,
    /// Whether the server has something to do with its client.
    has_begun: Arc<AtomicBool>,
}

impl Channel {
    /// Standard input and output, for a server that says when it has begun.
    pub(super) fn standard(has_begun: Arc<AtomicBool>) -> Self {
        let lines = AsyncRwTransport::new_server(tokio::io::stdin(), tokio::io::stdout());
        Self { lines: lines.with_max_line_length(LONGEST), has_begun }
    }
}

impl Transport<RoleServer> for Channel {
    type Error = std::io::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        self.lines.send(item)
    }

    /// The library ends the connection when anything but a request comes before the handshake, such as a notification of
    /// the client's own: that is nothing to answer, and passed over.
    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            let message = self.lines.receive().await?;
            let is_request = matches!(message, ClientJsonRpcMessage::Request(_));
            if is_request || self.has_begun.load(Ordering::Relaxed) {
                return Some(message);
            }
        }
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.lines.close().await
    }
}
