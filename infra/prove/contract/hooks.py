"""Checks beyond those of Schemathesis, for `cargo prove contract`."""

import schemathesis

# Headers of the transport and of the gateway, which no contract lists.
OF_THE_TRANSPORT = {
    "apigw-requestid",
    "connection",
    "content-length",
    "content-type",
    "date",
    "keep-alive",
    "server",
    "transfer-encoding",
    "x-amzn-requestid",
}


@schemathesis.check
def only_documented_headers(ctx, response, case):
    """Schemathesis looks for documented headers that are missing, and not for others that are there."""
    status = str(response.status_code)
    documented = case.operation.definition.resolved["responses"].get(status)
    if documented is None:
        return
    names = {name.lower() for name in documented.get("headers", {})}
    strange = {name.lower() for name in response.headers} - names - OF_THE_TRANSPORT
    assert not strange, f"the contract does not list the headers {sorted(strange)} of {status}"


@schemathesis.check
def no_violation(ctx, response, case):
    """The front answers 599 when an answer breaks the contract, or when a log line has what was sent."""
    assert response.status_code != 599, response.text
