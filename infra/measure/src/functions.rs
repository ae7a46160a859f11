//! The measured functions, and their budgets.

/// A function that is compared with hello world.
#[derive(Debug, Clone, Copy)]
pub struct MeasuredFunction {
    /// Its name.
    pub name: &'static str,
    /// Requests to AWS of one call: the floor of its operation.
    pub requests: u64,
    /// The budget of its init, as a multiple of hello world's.
    pub init: f64,
    /// Whether people wait for it often. If so, memory and size have budgets too.
    pub hot: bool,
}

/// The budget of init without clients.
const WITHOUT_CLIENTS: f64 = 1.2;

/// The budget of init with clients and a warmed connection.
const WARMED: f64 = 3.0;

/// The functions, from the least to the most that they do.
pub const FUNCTIONS: [MeasuredFunction; 4] = [
    MeasuredFunction { name: "list-models", requests: 0, init: WITHOUT_CLIENTS, hot: true },
    MeasuredFunction { name: "get-credits", requests: 1, init: WARMED, hot: true },
    MeasuredFunction { name: "generate", requests: 3, init: WARMED, hot: true },
    MeasuredFunction { name: "stripe-webhook", requests: 2, init: WARMED, hot: false },
];

/// Init and first call, as a multiple of hello world's.
pub const START: f64 = 3.0;

/// The first call at a share of 128 MB, as a multiple of hello world's.
pub const THROTTLED: f64 = 10.0;

/// CPU of a warm call of a route with at most one request, as a multiple of hello world's.
pub const WARM_CPU: f64 = 6.0;

/// A warm call, as a multiple of the time that its requests wait for their answers.
pub const LATENCY: f64 = 1.15;

/// Peak memory on hot routes, as a multiple of hello world's.
pub const MEMORY: f64 = 3.0;

/// The size of a program in MB: on hot routes, and on others.
pub const SIZE: (f64, f64) = (5.5, 8.0);

/// The share by which hello world may differ from itself. A run with a larger difference is
/// void.
pub const NOISE: f64 = 0.03;
