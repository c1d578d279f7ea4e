//! The HTTP server: connections, their limits, and its end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::uri::PathAndQuery;
use axum::http::{Request, Uri};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Semaphore;

/// How much clients may ask of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerLimits {
    /// How many connections are served at once; further ones wait.
    pub connections: usize,
    /// How long a client may take for the head of a request, and how long a connection may lie idle.
    pub head: Duration,
    /// How long a connection may last.
    pub connection: Duration,
    /// How long open connections have to finish when the server stops.
    pub grace: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            connections: 512,
            head: Duration::from_secs(15),
            connection: Duration::from_secs(600),
            grace: Duration::from_secs(10),
        }
    }
}

/// Why the server could not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// Nothing can listen there.
    #[error("cannot listen at {address}: {reason}")]
    Address {
        /// The address and port.
        address: SocketAddr,
        /// What the system says.
        reason: String,
    },
    /// The system refused something that the server cannot do without.
    #[error("the server could not {operation}: {reason}")]
    System {
        /// What was being done.
        operation: &'static str,
        /// What the system says.
        reason: String,
    },
}

/// A socket that connections are waiting at, and threads to serve them with. From its making on, SIGTERM and SIGINT end
/// the server and no longer the process.
#[derive(Debug)]
pub struct Server {
    runtime: Runtime,
    listener: TcpListener,
    address: SocketAddr,
    terminate: Signal,
    interrupt: Signal,
}

impl Server {
    /// Listens at an address.
    ///
    /// # Errors
    /// [`ServerError`] if it is taken, or the system gives no threads or signals.
    pub fn bind(address: SocketAddr) -> Result<Self, ServerError> {
        let failed = |operation| {
            move |error: std::io::Error| ServerError::System {
                operation,
                reason: error.to_string(),
            }
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(failed("start its threads"))?;
        let listener =
            runtime
                .block_on(TcpListener::bind(address))
                .map_err(|error| ServerError::Address {
                    address,
                    reason: error.to_string(),
                })?;
        let address = listener.local_addr().map_err(failed("name its address"))?;
        let entered = runtime.enter();
        let terminate = signal(SignalKind::terminate()).map_err(failed("listen for SIGTERM"))?;
        let interrupt = signal(SignalKind::interrupt()).map_err(failed("listen for SIGINT"))?;
        drop(entered);
        Ok(Self {
            runtime,
            listener,
            address,
            terminate,
            interrupt,
        })
    }

    /// Returns the address, with the port that the system chose if it was 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the process is told to end, then lets open requests finish.
    ///
    /// `prefixes` are paths that are taken off the beginning of requests: those of base URLs such as
    /// `http://example.org/pki`.
    pub fn run(self, router: Router, prefixes: Vec<String>, limits: ServerLimits) {
        let Self {
            runtime,
            listener,
            mut terminate,
            mut interrupt,
            ..
        } = self;
        runtime.block_on(async move {
            let prefixes: Arc<[String]> = prefixes.into();
            let graceful = GracefulShutdown::new();
            tokio::select! {
                () = accept(&listener, &router, &prefixes, limits, &graceful) => {}
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            drop(listener);
            // Whoever takes longer is cut off.
            let _ = tokio::time::timeout(limits.grace, graceful.shutdown()).await;
        });
        runtime.shutdown_timeout(limits.grace);
    }
}

/// Accepts connections as long as it is let.
async fn accept(
    listener: &TcpListener,
    router: &Router,
    prefixes: &Arc<[String]>,
    limits: ServerLimits,
    graceful: &GracefulShutdown,
) {
    let room = Arc::new(Semaphore::new(limits.connections));
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            // The client has gone already, or too many files are open: others may be luckier in a moment.
            Err(_) => {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        // An answer is one small packet, which nothing follows.
        let _ = stream.set_nodelay(true);
        let router = TowerToHyperService::new(router.clone());
        let prefixes = Arc::clone(prefixes);
        let service =
            service_fn(move |request: Request<Incoming>| router.call(without_prefix(request, &prefixes)));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head)
            .max_buf_size(LONGEST_HEAD)
            .serve_connection(TokioIo::new(stream), service);
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            // How a connection ends, and whether its client was content, is nobody's concern here.
            let _ = tokio::time::timeout(limits.connection, watched).await;
            drop(place);
        });
    }
}

/// Takes the path of a base URL off a request.
fn without_prefix<B>(mut request: Request<B>, prefixes: &[String]) -> Request<B> {
    let target = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    let rest = prefixes
        .iter()
        .filter_map(|prefix| target.strip_prefix(prefix.as_str()))
        .find(|rest| rest.starts_with('/'));
    if let Some(uri) = rest.and_then(|rest| rest.parse::<Uri>().ok()) {
        *request.uri_mut() = uri;
    }
    request
}

/// Request line and header fields. An OCSP request in base64 takes some 200 octets.
const LONGEST_HEAD: usize = 32 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_base_url_is_taken_off() {
        let prefixes = ["/pki/school".to_owned(), "/pki".to_owned()];
        for (target, expected) in [
            ("/ocsp/MEI=", "/ocsp/MEI="),
            ("/pki/ocsp", "/ocsp"),
            ("/pki/school/crl/a.crl?x", "/crl/a.crl?x"),
            ("/pkix/ocsp", "/pkix/ocsp"),
            ("/pki", "/pki"),
        ] {
            let request = Request::builder().uri(target).body(()).unwrap();
            assert_eq!(without_prefix(request, &prefixes).uri(), expected);
        }
    }
}
