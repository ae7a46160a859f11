//! Errors of calls to AWS. Their texts are safe to log. The `Debug` of the SDK's errors is not: it
//! prints the raw answer, which contains whole items after a canceled transaction.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use kernel::Error;
use std::{error::Error as StdError, fmt, time::Duration};

/// How long a client should wait when AWS does not answer.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// A call to AWS that failed.
#[derive(Debug)]
pub struct FailedCall {
    operation: &'static str,
    code: Option<String>,
    detail: String,
}

impl fmt::Display for FailedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed: {}", self.operation, self.detail)?;
        self.code.as_ref().map_or(Ok(()), |code| write!(f, " ({code})"))
    }
}

impl StdError for FailedCall {}

/// Whether an error is transient: no answer, a fault of AWS, or too many requests.
pub(crate) fn transient<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    match error {
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => true,
        SdkError::ServiceError(service) => matches!(
            service.err().code(),
            // `None` is an answer without an error document, from a proxy or a faulty AWS.
            None | Some(
                "InternalServerError"
                    | "InternalFailure"
                    | "InternalError"
                    | "ServiceUnavailable"
                    | "SlowDown"
                    | "RequestTimeout"
                    | "ProvisionedThroughputExceededException"
                    | "ThrottlingException"
                    | "RequestLimitExceeded"
                    | "RequestThrottled"
                    | "TransactionConflictException"
                    | "TransactionInProgressException"
            )
        ),
        _ => false,
    }
}

/// The [`Error`] of a failed call: `unavailable` when the failure is transient, `internal`
/// otherwise (no permission, a malformed request).
pub fn failed<E, R>(operation: &'static str, error: SdkError<E, R>) -> Error
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let transient = transient(&error);
    let code = error.code().map(str::to_owned);
    let detail = match &error {
        SdkError::ConstructionFailure(_) => "the request could not be built".to_owned(),
        SdkError::TimeoutError(_) => "no answer in time".to_owned(),
        SdkError::DispatchFailure(failure) => {
            failure.as_connector_error().map_or_else(|| "not sent".to_owned(), ToString::to_string)
        }
        SdkError::ResponseError(_) => "the answer could not be read".to_owned(),
        SdkError::ServiceError(service) => service.err().message().unwrap_or("no message").to_owned(),
        _ => "unknown".to_owned(),
    };
    let cause = FailedCall { operation, code, detail };
    if transient { Error::unavailable(RETRY_AFTER, cause) } else { Error::internal(cause) }
}
