"""Tests of deploy.py: python3 -m unittest deploy_test"""

import io
import unittest
import zipfile

import deploy


def api(paths):
    return {"Resources": {"Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Body": {"paths": paths}}}}}


def calling(function):
    uri = {"Fn::Sub": "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/functions/${%s.Arn}/invocations" % function}
    return {"x-amazon-apigateway-integration": {"uri": uri}}


class Routes(unittest.TestCase):
    def test_each_method_of_each_path_is_a_route(self):
        processed = api({
            "/v1/generations": {"get": calling("ListGenerations"), "post": calling("Generate")},
            "/v1/generations/{id}": {"get": calling("GetGeneration")},
        })
        self.assertEqual(deploy.routes(processed), [
            ("GET /v1/generations", "ListGenerations"),
            ("GET /v1/generations/{id}", "GetGeneration"),
            ("POST /v1/generations", "Generate"),
        ])

    def test_an_event_without_a_path_is_the_default_route(self):
        processed = api({"/$default": {"x-amazon-apigateway-any-method": calling("Site")}})
        self.assertEqual(deploy.routes(processed), [("$default", "Site")])

    def test_any_method_becomes_any(self):
        self.assertEqual(deploy.routes(api({"/x": {"x-amazon-apigateway-any-method": calling("X")}})), [("ANY /x", "X")])

    def test_a_route_without_a_function_is_refused(self):
        with self.assertRaises(SystemExit):
            deploy.routes(api({"/x": {"get": {"x-amazon-apigateway-integration": {"uri": "http://elsewhere"}}}}))


class Schedules(unittest.TestCase):
    def test_each_scheduled_function_is_named_once(self):
        def schedule(function):
            return {
                "Type": "AWS::Scheduler::Schedule",
                "Properties": {"Target": {"Arn": {"Fn::GetAtt": [function, "Arn"]}}},
            }

        processed = {"Resources": {"A": schedule("Sweep"), "B": schedule("Purge"), "C": schedule("Sweep")}}
        self.assertEqual(deploy.schedules({"Resources": {**processed["Resources"], **api({})["Resources"]}}), ["Purge", "Sweep"])


class LogGroups(unittest.TestCase):
    def test_functions_may_share_a_group(self):
        def logging_into(group):
            config = {"LogFormat": "JSON", "LogGroup": {"Ref": group}}
            return {"Type": "AWS::Lambda::Function", "Properties": {"LoggingConfig": config}}

        functions = {"Login": logging_into("A"), "Logout": logging_into("A"), "Site": logging_into("B")}
        processed = {"Resources": {**functions, **api({})["Resources"]}}
        self.assertEqual(deploy.log_groups(processed), {"Login": "A", "Logout": "A", "Site": "B"})


class Packages(unittest.TestCase):
    def test_each_code_uri_becomes_its_package(self):
        text = "CodeUri: ../target/lambda/get-credits/\nCodeUri: ../target/lambda/site/\n"
        self.assertEqual(
            deploy.packaged(text, {"get-credits": "/t/get-credits", "site": "/t/site"}),
            f"CodeUri: s3://{deploy.PACKAGES}/get-credits.zip\nCodeUri: s3://{deploy.PACKAGES}/site.zip\n",
        )

    def test_a_function_without_a_program_is_named(self):
        with self.assertRaisesRegex(SystemExit, "purge-account"):
            deploy.packaged("CodeUri: ../target/lambda/purge-account/", {"site": "/t/site"})

    def test_a_package_starts_a_program_by_its_path(self):
        with zipfile.ZipFile(io.BytesIO(deploy.package("/a folder/site"))) as archive:
            self.assertEqual(archive.read("bootstrap"), b"#!/bin/sh\nexec '/a folder/site'\n")
            self.assertEqual(archive.getinfo("bootstrap").external_attr >> 16, 0o755)


if __name__ == "__main__":
    unittest.main()
