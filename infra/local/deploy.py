"""Deploys infra/template.yaml to MiniStack.

Reads one JSON object on stdin:
  endpoint, region, stack   the address of MiniStack, the region, and the stack's name
  template                  path of the template
  parameters                {name: value} for the template
  secrets                   {name: value} for SSM, as SecureStrings
  binaries                  {function: path of its program}
Writes one JSON object on stdout: outputs, resources, api, routes, schedules,
log_groups.

Each function's package is a script of two lines that starts the program in cargo's output folder. So a
deployment takes seconds, and a package does not contain debug information.
"""

import io
import json
import re
import shlex
import sys
import time
import zipfile

PACKAGES = "cinemaxsai-packages"
TEMPLATE = "template.yaml"
ANY_METHOD = "x-amazon-apigateway-any-method"
FUNCTION = "AWS::Lambda::Function"


def routes(processed):
    """The routes in a processed template: (route key, logical id of the function), sorted.

    SAM writes an HTTP API's routes as an OpenAPI document into the API's Body. AWS imports the document.
    MiniStack does not, so this program makes each route from the same document.
    """
    found = []
    for resource in processed["Resources"].values():
        if resource["Type"] != "AWS::ApiGatewayV2::Api":
            continue
        for path, methods in resource["Properties"]["Body"]["paths"].items():
            for method, operation in methods.items():
                if path in ("$default", "/$default"):
                    key = "$default"
                else:
                    key = f"{'ANY' if method == ANY_METHOD else method.upper()} {path}"
                uri = json.dumps(operation["x-amazon-apigateway-integration"]["uri"])
                function = re.search(r"\$\{(\w+)\.Arn\}", uri)
                if function is None:
                    raise SystemExit(f"the route {key} names no function: {uri}")
                found.append((key, function.group(1)))
    return sorted(found)


def schedules(processed):
    """The logical ids of the scheduled functions of a processed template, sorted."""
    found = [resource for resource in processed["Resources"].values() if resource["Type"] == "AWS::Scheduler::Schedule"]
    return sorted({resource["Properties"]["Target"]["Arn"]["Fn::GetAtt"][0] for resource in found})


def log_groups(processed):
    """The logical id of each function's log group in a processed template, by that of the function."""
    functions = {name: resource for name, resource in processed["Resources"].items() if resource["Type"] == FUNCTION}
    return {name: function["Properties"]["LoggingConfig"]["LogGroup"]["Ref"] for name, function in functions.items()}


def packaged(template, binaries):
    """The template's text, in which each CodeUri names the uploaded package, as after `sam package`."""

    def upload_of(match):
        function = match.group(1)
        if function not in binaries:
            raise SystemExit(f"the template has a function {function}, but cargo built no such program")
        return f"CodeUri: s3://{PACKAGES}/{function}.zip"

    return re.sub(r"CodeUri: \.\./target/lambda/([a-z0-9-]+)/", upload_of, template)


def package(program):
    """A zip archive with the `bootstrap` that Lambda starts."""
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = 0o755 << 16
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr(entry, f"#!/bin/sh\nexec {shlex.quote(program)}\n")
    return memory.getvalue()


def deploy_stack(cloudformation, stack, template, parameters):
    """Creates the stack and waits for it. A failure ends the program with its reasons."""
    cloudformation.create_stack(
        StackName=stack,
        TemplateURL=template,
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    deadline = time.monotonic() + 120
    while True:
        description = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        if description["StackStatus"] == "CREATE_COMPLETE":
            return description
        if description["StackStatus"] != "CREATE_IN_PROGRESS" or time.monotonic() > deadline:
            events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
            reasons = [
                f"  {event['LogicalResourceId']}: {event['ResourceStatusReason']}"
                for event in reversed(events)
                if "FAILED" in event["ResourceStatus"] and "ResourceStatusReason" in event
            ]
            raise SystemExit("\n".join([f"the stack is {description['StackStatus']}", *reasons]))
        time.sleep(0.1)


def create_routes(gateway, api, wanted, arns):
    """One integration per function, one route per key."""
    integrations = {}
    for key, function in wanted:
        if function not in integrations:
            integrations[function] = gateway.create_integration(
                ApiId=api,
                IntegrationType="AWS_PROXY",
                IntegrationUri=arns[function],
                PayloadFormatVersion="2.0",
            )["IntegrationId"]
        gateway.create_route(ApiId=api, RouteKey=key, Target=f"integrations/{integrations[function]}")


def main():
    import boto3
    from botocore.config import Config

    job = json.load(sys.stdin)

    def client(service):
        return boto3.client(
            service,
            endpoint_url=job["endpoint"],
            region_name=job["region"],
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, proxies={}, s3={"addressing_style": "path"}),
        )

    s3 = client("s3")
    s3.create_bucket(Bucket=PACKAGES, CreateBucketConfiguration={"LocationConstraint": job["region"]})
    for function, program in job["binaries"].items():
        s3.put_object(Bucket=PACKAGES, Key=f"{function}.zip", Body=package(program))

    ssm = client("ssm")
    for name, value in job["secrets"].items():
        ssm.put_parameter(Name=name, Value=value, Type="SecureString")

    with open(job["template"], encoding="utf-8") as file:
        body = packaged(file.read(), job["binaries"])
    # The template comes from S3, as with `sam deploy`: a request may hold at most 51,200 bytes of a template.
    s3.put_object(Bucket=PACKAGES, Key=TEMPLATE, Body=body.encode())
    template = f"{job['endpoint']}/{PACKAGES}/{TEMPLATE}"
    cloudformation = client("cloudformation")
    stack = deploy_stack(cloudformation, job["stack"], template, job["parameters"])

    processed = cloudformation.get_template(StackName=job["stack"], TemplateStage="Processed")["TemplateBody"]
    if isinstance(processed, str):
        processed = json.loads(processed)
    resources = {
        resource["LogicalResourceId"]: {"type": resource["ResourceType"], "id": resource["PhysicalResourceId"]}
        for resource in cloudformation.describe_stack_resources(StackName=job["stack"])["StackResources"]
    }
    account = client("sts").get_caller_identity()["Account"]
    arns = {
        name: f"arn:aws:lambda:{job['region']}:{account}:function:{resource['id']}"
        for name, resource in resources.items()
        if resource["type"] == FUNCTION
    }
    wanted = routes(processed)
    api = next(resource["id"] for resource in resources.values() if resource["type"] == "AWS::ApiGatewayV2::Api")
    create_routes(client("apigatewayv2"), api, wanted, arns)

    json.dump(
        {
            "outputs": {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]},
            "resources": resources,
            "api": api,
            "routes": [{"key": key, "function": function} for key, function in wanted],
            "schedules": schedules(processed),
            "log_groups": log_groups(processed),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
