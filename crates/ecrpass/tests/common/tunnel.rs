//! A proxy that leads every TLS connection to one server, whatever host is asked for: so that registries have their own
//! names in tests.

#![allow(dead_code, clippy::unwrap_used)] // each test file uses its part of it; a test's way of failing

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// A proxy at work until the process ends.
pub struct Tunnel {
    pub address: SocketAddr,
    /// How many bytes came back through it.
    pub received: Arc<AtomicU64>,
}

impl Tunnel {
    /// Leads to that server; where `lead` gives another one for a host, to that.
    pub fn to(server: SocketAddr, lead: impl Fn(&str) -> Option<SocketAddr> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (received, lead) = (Arc::new(AtomicU64::new(0)), Arc::new(lead));
        let counter = Arc::clone(&received);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let (counter, lead) = (Arc::clone(&counter), Arc::clone(&lead));
                thread::spawn(move || {
                    // Who hangs up has what it wanted.
                    let _ = pass(stream, server, &*lead, &counter);
                });
            }
        });
        Self { address, received }
    }

    /// The value of `HTTPS_PROXY`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn pass(
    client: TcpStream,
    server: SocketAddr,
    lead: &dyn Fn(&str) -> Option<SocketAddr>,
    received: &AtomicU64,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 && line.trim() != "" {
        line.clear();
    }
    let host = first.split(' ').nth(1).unwrap_or_default().split(':').next().unwrap_or_default().to_owned();
    let server = TcpStream::connect(lead(&host).unwrap_or(server))?;
    let mut client = client;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let mut up = server.try_clone()?;
    thread::spawn(move || {
        let _ = std::io::copy(&mut reader, &mut up);
        let _ = up.shutdown(std::net::Shutdown::Write);
    });
    let (mut server, mut buffer) = (server, [0; 16 * 1024]);
    loop {
        let length = server.read(&mut buffer)?;
        if length == 0 {
            return client.shutdown(std::net::Shutdown::Write);
        }
        received.fetch_add(length as u64, Ordering::Relaxed);
        client.write_all(&buffer[..length])?;
    }
}
