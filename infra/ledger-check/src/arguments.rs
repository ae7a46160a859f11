//! The command line.

use kernel::AccountId;

/// What an operator asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arguments {
    /// Check this account.
    Check {
        /// Whose ledger.
        account: AccountId,
        /// Of the `cargo dev` on this port.
        port: Option<u16>,
    },
    /// Say how to use it.
    Help,
}

/// How to use it.
pub const USAGE: &str = "\
Proves that the balance of an account is what its entries make. Changes nothing.

Usage: cargo ledger-check [--port N] ACCOUNT

  ACCOUNT    the account's id, as GET /v1/account answers it
  --port N   on the `cargo dev` of this port

Without --port: on the deployment that CREDITS_TABLE names, with AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY
and, if there is one, AWS_SESSION_TOKEN; it needs dynamodb:GetItem and dynamodb:Query on that table. If CREDITS_TABLE is
not set: on the one `cargo dev` that runs.

Exit codes: 0 proven, 1 the ledger does not fold, 2 not checked.
";

impl Arguments {
    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    /// A sentence that says what is wrong with them.
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
