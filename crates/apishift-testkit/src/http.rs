//! A small HTTP/1.1 server on loopback. Written by hand because its purpose is to misbehave on order: cut bodies,
//! stall, answer with wrong headers. A well-kept server crate does its best to prevent all of these.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

/// A request, as far as a package index looks at it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Path, as sent.
    pub(crate) path: String,
    /// Headers, names in lowercase.
    pub(crate) headers: BTreeMap<String, String>,
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    /// Status code.
    pub(crate) status: u16,
    /// Headers besides `Content-Length` and `Connection`.
    pub(crate) headers: Vec<(String, String)>,
    /// Body.
    pub(crate) body: Vec<u8>,
    /// Send only this many bytes of the body, although the header says that all come.
    pub(crate) cut: Option<usize>,
    /// Wait this long in the middle of the body.
    pub(crate) stall: Option<Duration>,
}

/// What answers requests.
pub(crate) type Handler = dyn Fn(&Request) -> Answer + Send + Sync;

/// Serves until the process ends, one connection per thread; returns the address.
pub(crate) fn serve(handler: Arc<Handler>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let handler = Arc::clone(&handler);
            // A client that hangs up early is part of what is tested.
            thread::spawn(move || drop(converse(stream, &*handler)));
        }
    });
    address
}

/// Reads one request, writes one answer, closes.
fn converse(mut stream: TcpStream, handler: &Handler) -> std::io::Result<()> {
    let Some(request) = read_request(&stream)? else { return Ok(()) };
    let answer = handler(&request);
    let mut head = vec![format!("HTTP/1.1 {} -", answer.status), "Connection: close".to_owned()];
    if answer.status != 304 {
        head.push(format!("Content-Length: {}", answer.body.len()));
    }
    head.extend(answer.headers.iter().map(|(name, value)| format!("{name}: {value}")));
    stream.write_all((head.join("\r\n") + "\r\n\r\n").as_bytes())?;
    let body = &answer.body[..answer.cut.unwrap_or(answer.body.len()).min(answer.body.len())];
    let (first, rest) = body.split_at(body.len() / 2);
    stream.write_all(first)?;
    if let Some(pause) = answer.stall {
        stream.flush()?;
        thread::sleep(pause);
    }
    stream.write_all(rest)?;
    stream.flush()
}

/// The request line and headers; `None` where the client sent nothing.
fn read_request(stream: &TcpStream) -> std::io::Result<Option<Request>> {
    let mut lines = BufReader::new(stream).lines();
    let Some(first) = lines.next().transpose()? else { return Ok(None) };
    let path = first.split(' ').nth(1).unwrap_or("/").to_owned();
    let mut headers = BTreeMap::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    Ok(Some(Request { path, headers }))
}
