//! Requests over HTTP from several clients at once, as a load on a server beside them.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Asks for about this long.
const FOR: Duration = Duration::from_secs(3);

/// How many clients ask at once.
pub(crate) const CLIENTS: usize = 8;

/// What is asked again and again.
pub(crate) struct Question<'a> {
    pub(crate) path: &'a str,
    pub(crate) content_type: &'a str,
    pub(crate) body: &'a [u8],
    /// Whether a client asks again over the same connection.
    pub(crate) keep_alive: bool,
    /// Tells a good answer.
    pub(crate) is_good: fn(&[u8]) -> bool,
}

/// Answers per second that the clients get.
pub(crate) fn rate(port: u16, question: &Question<'_>) -> f64 {
    let connection = if question.keep_alive {
        "keep-alive"
    } else {
        "close"
    };
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: localhost\r\nConnection: {connection}\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
        question.path,
        question.content_type,
        question.body.len()
    );
    let message = [head.as_bytes(), question.body].concat();
    let answered = AtomicU64::new(0);
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let mut kept: Option<BufReader<TcpStream>> = None;
                while started.elapsed() < FOR {
                    let mut stream = kept.take().unwrap_or_else(|| {
                        let stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
                        stream.set_nodelay(true).expect("no delay");
                        BufReader::new(stream)
                    });
                    stream.get_mut().write_all(&message).expect("a request");
                    let body = read_answer(&mut stream);
                    assert!((question.is_good)(&body), "{}", String::from_utf8_lossy(&body));
                    answered.fetch_add(1, Ordering::Relaxed);
                    if question.keep_alive {
                        kept = Some(stream);
                    }
                }
            });
        }
    });
    let answered = u32::try_from(answered.into_inner()).expect("a small number");
    f64::from(answered) / started.elapsed().as_secs_f64()
}

fn read_answer(stream: &mut BufReader<TcpStream>) -> Vec<u8> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).expect("a head");
        let line = line.trim_end().to_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).expect("a body");
    body
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}
