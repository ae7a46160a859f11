//! What is measured, and what it may cost.

/// A function that is measured beside hello world.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// Requests to AWS of one call: the floor of its operation.
    pub requests: u64,
    /// How many times hello world's init its own may take.
    pub init: f64,
    /// Whether people wait for it often: then memory and size count.
    pub hot: bool,
}

/// Init where no client is built.
const WITHOUT_CLIENTS: f64 = 1.2;

/// Init where clients are built and a connection is warmed.
const WARMED: f64 = 3.0;

/// The functions, from the least to the most that they do.
pub const FUNCTIONS: [Function; 4] = [
    Function { name: "list-models", requests: 0, init: WITHOUT_CLIENTS, hot: true },
    Function { name: "get-credits", requests: 1, init: WARMED, hot: true },
    Function { name: "generate", requests: 3, init: WARMED, hot: true },
    Function { name: "stripe-webhook", requests: 2, init: WARMED, hot: false },
];

/// Init and first call, as a multiple of hello world's.
pub const START: f64 = 3.0;

/// The first call at a share of 128 MB, as a multiple of hello world's.
pub const THROTTLED: f64 = 10.0;

/// CPU of a warm call of a route that makes one request at most, as a multiple of hello
/// world's.
pub const WARM_CPU: f64 = 6.0;

/// A warm call, as a multiple of the time that its requests wait for their answers.
pub const LATENCY: f64 = 1.15;

/// The most memory, as a multiple of hello world's, on hot routes.
pub const MEMORY: f64 = 3.0;

/// Size of a program in MB: on hot routes, and of any.
pub const SIZE: (f64, f64) = (5.5, 8.0);

/// By how much hello world may differ from itself: a run in which it differs more says
/// nothing.
pub const NOISE: f64 = 0.03;
