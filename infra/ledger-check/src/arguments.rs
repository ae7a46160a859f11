//! The command line.

use kernel::AccountId;

/// The arguments of `cargo ledger-check`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CheckArguments {
    /// Check this account.
    Check {
        /// The account.
        account: AccountId,
        /// The port of a `cargo dev`, if it is the deployment.
        port: Option<u16>,
    },
    /// Print the usage.
    Help,
}

/// The usage.
pub const USAGE: &str = "\
Proves that the entries of an account fold to its balance. Changes nothing.

Usage: cargo ledger-check [--port N] ACCOUNT

  ACCOUNT    the account's id, as GET /v1/account answers it
  --port N   on the `cargo dev` of this port

Without --port: on the deployment that CREDITS_TABLE names, with AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY
and, if there is one, AWS_SESSION_TOKEN; it needs dynamodb:GetItem and dynamodb:Query on that table. If CREDITS_TABLE is
not set: on the one `cargo dev` that runs.

Exit codes: 0 proven, 1 the ledger does not fold, 2 not checked.
";

impl CheckArguments {
    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    /// A sentence about the first invalid argument.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let (mut account, mut port, mut arguments) = (None, None, arguments.into_iter());
        while let Some(argument) = arguments.next() {
            let value = match argument.split_once('=') {
                _ if argument == "--help" || argument == "-h" => return Ok(Self::Help),
                None if argument == "--port" => arguments.next().ok_or("--port needs a number after it.")?,
                Some(("--port", value)) => value.to_owned(),
                _ if argument.starts_with('-') => return Err(format!("There is no argument {argument}.")),
                _ if account.is_some() => return Err("One account at a time.".to_owned()),
                _ => {
                    account = Some(argument.parse().map_err(|_| "That is no id of an account.")?);
                    continue;
                }
            };
            port = Some(value.parse().map_err(|_| format!("A port is a number from 1 to 65535, not {value}."))?);
        }
        Ok(Self::Check { account: account.ok_or("Which account?")?, port })
    }
}
